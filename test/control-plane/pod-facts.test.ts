import t from 'tap'
import { parsePodFacts, readRecorded } from '../../control-plane/pod-facts.ts'
import { at, pod, podObject, record, second } from './pods.ts'

t.test('of a pod a few words are kept, and no others', async (t) => {
  const annotations = {
    'greenroom.dev/inject': 'true',
    'kubectl.kubernetes.io/last-applied-configuration': 'long',
    ...record('skip', 'HostNetwork', { policy: 'shops' }),
  }
  const object = podObject({ annotations, owner: { kind: 'ReplicaSet', uid: 'rs' }, isInjected: true })
  t.strictSame(parsePodFacts(object), {
    uid: 'uid-orders-1',
    namespace: 'shop',
    name: 'orders-1',
    version: '1',
    createdMs: at,
    head: { metadata: { labels: { app: 'orders' }, annotations: { 'greenroom.dev/inject': 'true' } }, spec: {} },
    laterMs: {},
    owner: { kind: 'ReplicaSet', uid: 'rs' },
    isInjected: true,
    recorded: { decision: 'skip', reason: 'HostNetwork', policy: 'shops', problem: undefined },
    readyMs: at + second,
    end: undefined,
  })
})

t.test('only of an agent of lxcfs it is kept on which node it is', async (t) => {
  const sketch = { labels: { 'app.kubernetes.io/component': 'lxcfs' }, spec: { nodeName: 'node-1' } }
  const agentNodeOf = (more: object) => pod({ ...sketch, namespace: 'kube-system', ...more }).agentNode
  t.equal(agentNodeOf({}), 'node-1')
  t.notOk('agentNode' in pod(sketch), 'one of another namespace')
  t.equal(agentNodeOf({ labels: { 'app.kubernetes.io/component': 'etcd' } }), undefined)
  t.equal(agentNodeOf({ spec: {} }), undefined, 'it is not on any yet')
})

t.test('it reads what the client makes of a pod, too', async (t) => {
  const object = podObject()
  const creationTimestamp = new Date(at)
  const metadata = { ...object.metadata, creationTimestamp, deletionTimestamp: new Date(at) }
  t.match(parsePodFacts({ ...object, metadata }), { createdMs: at, end: 'deleting' })
})

t.test('what is no pod is none', async (t) => {
  for (const object of [
    null,
    'pod',
    {},
    { metadata: {} },
    { metadata: { ...podObject().metadata, creationTimestamp: 'soon' } },
  ])
    t.equal(parsePodFacts(object), null)
})

t.test('labels that came after its creation are told from those that it was created with', async (t) => {
  const labels = { app: 'pg', role: 'master' }
  const inject = { 'greenroom.dev/inject': 'true' }
  t.strictSame(pod({ labels, laterMs: { role: at + second } }).laterMs, { role: at + second })
  t.strictSame(pod({ labels: inject, laterMs: { 'greenroom.dev/inject': at + second } }).laterMs, {
    'greenroom.dev/inject': at + second,
  })
  t.strictSame(pod({ annotations: inject, laterMs: { 'greenroom.dev/inject': at + second } }).laterMs, {
    'greenroom.dev/inject': at + second,
  })
  t.strictSame(pod({ annotations: { note: 'x' }, laterMs: { note: at + second } }).laterMs, {}, 'nobody asks by that')
  t.strictSame(pod({ labels, isManaged: false }).laterMs, { app: null, role: null }, 'nobody knows')
})

t.test('where the creator has written on it again, nobody knows what', async (t) => {
  const object = podObject({ labels: { app: 'pg', role: 'master' } })
  const managedFields = object.metadata.managedFields?.map((each) => ({ ...each, time: new Date(at + second) }))
  const metadata = { ...object.metadata, managedFields }
  t.strictSame(parsePodFacts({ ...object, metadata })?.laterMs, { app: null, role: null })
})

t.test('a label that somebody writes again as it was is as old as before', async (t) => {
  const object = podObject()
  const [first] = object.metadata.managedFields ?? []
  const again = { ...first, manager: 'kubectl', operation: 'Apply', time: new Date(at + second) }
  const metadata = { ...object.metadata, managedFields: [again, first] }
  t.strictSame(parsePodFacts({ ...object, metadata })?.laterMs, {})
})

t.test('a pod that has ended, or is on its way, says so', async (t) => {
  t.equal(pod({ phase: 'Succeeded' }).end, 'ended')
  t.equal(pod({ phase: 'Failed' }).end, 'ended')
  t.equal(pod({ isDeleting: true }).end, 'deleting')
  t.equal(pod({ isReady: false }).readyMs, undefined)
})

t.test('an app container or a sidecar of another name is no sidecar of ours', async (t) => {
  t.notOk(pod({ spec: { containers: [{ name: 'greenroom' }] } }).isInjected)
  t.notOk(pod({ spec: { initContainers: [{ name: 'istio-proxy' }] } }).isInjected)
})

t.test('the record has the first problem that cost the pod something', async (t) => {
  const problems = [
    'PreStartNotRun: the command is missing. Write it.',
    'AnnotationMalformed: annotation greenroom.dev/drain is "30", expected more. Mend it.',
  ]
  const text = JSON.stringify({ decision: 'inject', reason: 'Injected', policy: 'shops', problems })
  t.match(readRecorded(text), {
    policy: 'shops',
    problem: {
      reason: 'AnnotationMalformed',
      message: 'annotation greenroom.dev/drain is "30", expected more. Mend it.',
    },
  })
  t.match(readRecorded('{"decision":"skip","reason":"CheckurlMissing"}'), { problem: { reason: 'CheckurlMissing' } })
  t.equal(readRecorded('{"decision":"skip","reason":"InjectFalse"}')?.problem, undefined, 'a wish is no problem')
  t.equal(
    readRecorded(JSON.stringify({ decision: 'skip', reason: 'X', problems: [`CheckurlMissing: ${'x'.repeat(999)}`] }))
      ?.problem?.message.length,
    300,
  )
})

t.test('what nobody of ours has written is no record', async (t) => {
  for (const text of [undefined, '', '{', '[]', '"skip"', '{"decision":"skip"}', '{"decision":"deny","reason":"X"}'])
    t.equal(readRecorded(text), undefined)
})
