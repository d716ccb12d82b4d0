import t from 'tap'
import { kubectlWith } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { ordersPod, type Pod } from './support/pod.ts'
import { postToWebhook, readReplicas, reviewOf } from './support/webhook.ts'

const namespace = await createNamespace('untouched')
t.teardown(() => namespace.remove())

/** The pod as the API server has it, before anybody else touches it. */
async function store(pod: object, ...args: string[]): Promise<Pod> {
  const { code, output } = await kubectlWith([pod], 'create', '-o', 'json', ...args)
  if (code !== 0) throw new Error(output)
  return JSON.parse(output.slice(output.indexOf('{')))
}

/** kube-system is never sent to Greenroom, so this is what the API server alone makes of the pod. */
const storeWithoutGreenroom = (pod: object) => store(pod, '-n', 'kube-system', '--dry-run=server')

/** Without what differs from one creation to the next. */
function written({ metadata, ...rest }: Pod) {
  const kept = Object.entries(metadata).filter(([key]) => !setByServer.includes(key))
  return { ...rest, metadata: Object.fromEntries(kept) }
}

const setByServer = ['uid', 'namespace', 'creationTimestamp', 'resourceVersion', 'managedFields']

const withKeys = (name: string, annotations: object, labels: object = {}) => ({
  ...ordersPod(name),
  metadata: { name, annotations, labels: { app: 'orders', ...labels } },
})

t.test('a pod without keys of ours is stored as without Greenroom', async (t) => {
  const pods = {
    plain: withKeys('plain', {}),
    'with keys that look like ours': withKeys(
      'look-alike',
      { 'greenroom.dev.example.com/inject': 'true', 'not-greenroom.dev/inject': 'true', greenroom: 'true' },
      { 'greenroom.example.com/inject': 'true' },
    ),
  }
  for (const [what, pod] of Object.entries(pods)) {
    const stored = await store(pod, '-n', 'untouched')
    t.same(written(stored), written(await storeWithoutGreenroom(pod)), what)
  }
})

t.test('a pod that says "false" is stored so too, but for the note that Greenroom saw it', async (t) => {
  const no = { 'greenroom.dev/inject': 'false' }
  for (const { annotations, labels } of [{ annotations: no }, { annotations: {}, labels: no }]) {
    const stored = await store(withKeys('says-no', annotations, labels), '-n', 'untouched', '--dry-run=server')
    const note = stored.metadata.annotations?.['greenroom.dev/status'] ?? '{}'
    t.match(JSON.parse(note), { decision: 'skip', reason: 'InjectFalse' })
    const noted = withKeys('says-no', { ...annotations, 'greenroom.dev/status': note }, labels)
    t.same(written(stored), written(await storeWithoutGreenroom(noted)))
  }
})

t.test('an injected pod that is reviewed again gets no operation', async (t) => {
  const limits = { cpu: '100m', memory: '64Mi' }
  const exec = { exec: { command: ['/app/orders', 'get'] } }
  const pods = {
    'the plainest': ordersPod('orders', { container: { command: ['/app/orders', 'serve'] } }),
    'one with everything': ordersPod('orders', {
      annotations: {
        'greenroom.dev/healthcheck-dir': '/web/greenroom',
        'greenroom.dev/liveness': 'composite',
        'greenroom.dev/pre-start': '/app/hooks/preStart $(b)',
        'greenroom.dev/drain': 'max=7s',
        'greenroom.dev/authorize': 'mysql:a, mysql:$(b)',
      },
      container: { resources: { limits }, lifecycle: { postStart: exec, preStop: { sleep: { seconds: 1 } } } },
      spec: {
        securityContext: { fsGroup: 3000 },
        volumes: [{ name: 'scratch', emptyDir: {} }],
      },
    }),
  }
  const replicas = await readReplicas()
  t.equal(replicas.length, 2)
  for (const [what, pod] of Object.entries(pods)) {
    const stored = await store(pod, '-n', 'untouched', '--dry-run=server')
    t.match(JSON.parse(stored.metadata.annotations?.['greenroom.dev/status'] ?? '{}'), { decision: 'inject' }, what)
    for (const replica of replicas) {
      const answer = await postToWebhook(replica, JSON.stringify(reviewOf(stored, 'untouched')))
      const { response } = JSON.parse(answer.text)
      t.same({ ...response, uid: '' }, { uid: '', allowed: true }, `${what}: no operation, no warning`)
    }
  }
})
