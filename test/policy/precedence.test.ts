import t from 'tap'
import { resolveLiveness, resolveSettings } from '../../policy/precedence.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import { annotated, container, pod } from './pods.ts'

const checkurl = { kind: 'tcp', port: 8080 } as const
const app = container({
  ports: [{ containerPort: 9090 }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 8080 }],
})

const resolve = (pod: RawPod, policy: InjectionPolicy = defaultPolicy) =>
  resolveSettings({ pod, app, checkurl, policy, isReleased: false })

t.test('without annotations, the policy decides', async (t) => {
  t.strictSame(resolve(pod()), {
    version: 1,
    application: 'orders',
    checkurl: { kind: 'tcp', port: 8080, timeoutMs: 300_000 },
    hooks: {
      preOnline: { command: ['/app/hooks/preOnline'], required: false, timeoutMs: 300_000 },
      verify: { command: ['/app/hooks/verify'], required: false, timeoutMs: 300_000 },
      reload: { command: ['/app/hooks/reload'], required: false, timeoutMs: 60_000 },
      postOffline: { command: ['/app/hooks/postOffline'], required: false, timeoutMs: 30_000 },
    },
    hold: false,
    drain: { minMs: 5_000, maxMs: 30_000, quietMs: 2_000, ports: [9090, 8080] },
    check: null,
    authorization: null,
  })
})

t.test('an annotation goes before the policy', async (t) => {
  const annotations = {
    application: 'shop',
    'checkurl-timeout': '1m',
    'pre-online': '/app/warm --all',
    'pre-online-timeout': '2m',
    verify: '/app/smoke',
    'verify-timeout': '4m',
    hold: 'true',
    'post-offline': '/app/leave',
    'post-offline-timeout': '3s',
    drain: 'max=9s',
  }
  t.strictSame(resolve(annotated(annotations)), {
    version: 1,
    application: 'shop',
    checkurl: { kind: 'tcp', port: 8080, timeoutMs: 60_000 },
    hooks: {
      preOnline: { command: ['/app/warm', '--all'], required: true, timeoutMs: 120_000 },
      verify: { command: ['/app/smoke'], required: true, timeoutMs: 240_000 },
      reload: { command: ['/app/hooks/reload'], required: false, timeoutMs: 60_000 },
      postOffline: { command: ['/app/leave'], required: true, timeoutMs: 3_000 },
    },
    hold: true,
    drain: { minMs: 5_000, maxMs: 9_000, quietMs: 2_000, ports: [9090, 8080] },
    check: null,
    authorization: null,
  })
})

t.test('a version that was released is not held any more', async (t) => {
  const parts = { pod: annotated({ hold: 'true' }), app, checkurl, policy: defaultPolicy }
  t.equal(resolveSettings({ ...parts, isReleased: false }).hold, true)
  t.equal(resolveSettings({ ...parts, isReleased: true }).hold, false)
})

t.test('a malformed annotation leaves the policy in force', async (t) => {
  t.strictSame(resolve(annotated({ drain: '30', 'pre-online': 'warm.sh', 'checkurl-timeout': '0s' })), resolve(pod()))
})

t.test('hooks are looked for in the annotated directory', async (t) => {
  const { preOnline, postOffline } = resolve(annotated({ hooks: '/opt/hooks/', 'post-offline': '/leave' })).hooks
  t.strictSame(preOnline.command, ['/opt/hooks/preOnline'])
  t.strictSame(postOffline.command, ['/leave'])
})

t.test('a min above the max draws the max up', async (t) => {
  t.match(resolve(annotated({ drain: 'min=1m' })).drain, { minMs: 60_000, maxMs: 60_000 })
})

t.test('liveness is what is annotated, else what policy says, else composite where debug is on', async (t) => {
  const composite = { ...defaultPolicy, liveness: 'composite' } as const
  const debug = { ...defaultPolicy, debug: { ...defaultPolicy.debug, enabled: true } }
  const liveness = (pod: RawPod, policy: InjectionPolicy) => resolveLiveness(pod, 'shop', policy)
  t.equal(liveness(pod(), defaultPolicy), 'keep')
  t.equal(liveness(pod(), composite), 'composite')
  t.equal(liveness(pod(), debug), 'composite')
  t.equal(liveness(annotated({ debug: 'true' }), defaultPolicy), 'composite')
  t.equal(liveness(annotated({ debug: 'false' }), debug), 'keep')
  t.equal(liveness(annotated({ liveness: 'keep', debug: 'true' }), composite), 'keep')
})
