import fc from 'fast-check'
import t from 'tap'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { podSchema } from '../../policy/schema/pod.ts'
import { admit } from '../../webhook/admit.ts'
import { arbitraryPod } from './support/arbitrary-pod.ts'
import type { Pod } from './support/generated.ts'
import { applied } from './support/review.ts'
import { setup } from './support/webhook.ts'

const verdictOn = (pod: object) => admit(podSchema.parse(pod), 'shop', setup())

/** The pod after admission. Its own copy of every value, for fast-json-patch shares them. */
const admitted = (pod: Pod): Pod => applied(structuredClone(pod), structuredClone([...verdictOn(pod).operations]))

t.test('patches apply to any pod', async () => {
  fc.assert(fc.property(arbitraryPod, (pod) => verdictOn(pod).decision.kind === 'inject' && Boolean(admitted(pod))))
})

t.test('every pod that the registration sends has a record of why it was left out', async (t) => {
  const containers = [{ name: 'app', readinessProbe: { httpGet: { port: 1 } } }]
  const owned = { ownerReferences: [{ kind: 'ReplicaSet', name: 'r', controller: true }] }
  const under = (policy: Partial<InjectionPolicy>, metadata: object) =>
    admit(podSchema.parse({ metadata: { ...metadata, ...owned }, spec: { containers } }), 'shop', {
      ...setup(),
      policy: { ...defaultPolicy, ...policy },
    })
  const left = [
    under({ overrides: [] }, { annotations: { 'greenroom.dev/drain': 'max=1s' } }),
    under({ optOut: false }, { annotations: { 'greenroom.dev/inject': 'false' } }),
    under({ optOut: false }, { labels: { 'greenroom.dev/inject': 'false' } }),
    under({}, { labels: { 'greenroom.dev/injected': 'true' } }),
  ]
  for (const { decision, operations } of left) {
    t.equal(decision.kind, 'skip')
    t.match(JSON.stringify(operations), /decision\\":\\"skip/)
  }
  t.match(left[0]?.warnings, [/NotRequested/, /AnnotationNotAllowed/])
  const copied = under({}, { annotations: { 'greenroom.dev/status': '{}', other: 'x' } })
  t.same(copied.operations, [], 'nobody sends it')
})

t.test('a grace period beyond what numbers hold stays as it is, and others are raised', async (t) => {
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' }
  const raised = (terminationGracePeriodSeconds: number) => {
    const spec = { containers: [{ name: 'app' }], terminationGracePeriodSeconds }
    return verdictOn({ metadata: { annotations }, spec }).operations.some(({ path }) =>
      path.endsWith('GracePeriodSeconds'),
    )
  }
  t.ok(raised(86_400))
  t.notOk(raised(JSON.parse('9223372036854775807')))
})

t.test('the token is drawn once for a pod', async (t) => {
  const pod = { metadata: { annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' } } }
  const first = admitted({ ...pod, spec: { containers: [{ name: 'app' }] } })
  const again = admit(podSchema.parse(first), 'shop', { ...setup(), drawToken: () => 'another' })
  t.strictSame(again.operations, [])
})

t.test('a copied pod with another annotation has its settings and handlers renewed, and nothing else', async (t) => {
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' }
  const first = admitted({ metadata: { annotations }, spec: { containers: [{ name: 'app' }] } })
  const copied = { ...first, metadata: { annotations: { ...annotations, 'greenroom.dev/drain': 'max=9s' } } }
  const paths = verdictOn(copied)
    .operations.map(({ op, path }) => `${op} ${path}`)
    .filter((text) => text.includes('/spec/'))
  t.strictSame(paths, ['replace /spec/initContainers/0/env/0/value', 'add /spec/containers/0/lifecycle/preStop'])
})

t.test(
  'a changed preStart is taken over from a pass to the next, and one that is switched off is unwrapped',
  async (t) => {
    const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': 'tcp://:1' }
    const changes = (app: object, before: Record<string, string>, after: Record<string, string>) => {
      const spec = { containers: [{ name: 'app', ...app }] }
      const first = admitted({ metadata: { annotations: { ...annotations, ...before } }, spec })
      const { operations } = verdictOn({ ...first, metadata: { annotations: { ...annotations, ...after } } })
      return operations.filter(({ path }) => path.endsWith('/command')).map(({ path, value }) => [path, value])
    }
    const launch = [
      '/greenroom/busybox',
      'sh',
      '/greenroom/launch',
      '/run/greenroom',
      '300',
      'required',
      '1',
      '/two',
      '--',
    ]
    const [one, two] = [{ 'greenroom.dev/pre-start': '/one' }, { 'greenroom.dev/pre-start': '/two' }]
    const app = '/spec/containers/0/command'
    t.strictSame(changes({ command: ['/app'] }, one, two), [[app, [...launch, '/app']]])
    t.strictSame(changes({ command: ['/app'] }, one, { 'greenroom.dev/pre-start': 'off' }), [[app, ['/app']]])
    const twin = '/spec/initContainers/1/command'
    t.strictSame(changes({}, one, two), [[twin, [...launch, '/greenroom/busybox', 'true']]])
  },
)

t.test('a pod that neither asks nor is wanted is left without a trace', async (t) => {
  const pod = podSchema.parse({ metadata: {}, spec: { containers: [{ name: 'app' }] } })
  t.match(admit(pod, 'shop', setup()), { decision: { reason: 'NotRequested' }, operations: [], warnings: [] })
})

t.test('what a pod may not say does not count, and is told of', async (t) => {
  const controller = { kind: 'ReplicaSet', name: 'orders-6d4b', controller: true }
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/drain': 'min=1s,max=1s' }
  const container = { name: 'app', readinessProbe: { httpGet: { port: 8080 } } }
  const pod = podSchema.parse({
    metadata: { annotations, ownerReferences: [controller] },
    spec: { containers: [container] },
  })
  const policy = { ...defaultPolicy, overrides: ['inject'] }
  const { decision, warnings, operations } = admit(pod, 'shop', { ...setup(policy), policyName: 'strict' })
  t.match(decision, { kind: 'inject', injection: { settings: { drain: { minMs: 5_000 } } } })
  t.match(warnings[0], /^AnnotationNotAllowed: annotation greenroom\.dev\/drain/)
  const status = operations.find(({ path }) => path.endsWith('greenroom.dev~1status'))
  t.match(JSON.parse(String(status?.value)), { policy: 'strict', problems: [/AnnotationNotAllowed/] })
})
