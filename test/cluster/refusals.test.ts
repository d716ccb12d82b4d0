import t, { type Test } from 'tap'
import { readGrants } from './support/authorization-server.ts'
import { kubectl, kubectlWith } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { postToWebhook, readReplicas, reviewOf } from './support/webhook.ts'
import { withoutAdvice } from './support/workload-advice.ts'

const namespace = await createNamespace('refusals', 'privileged')
t.teardown(() => namespace.remove())
const replicas = await readReplicas()

const unknownKey = { 'greenroom.dev/pre-onlin': '/app/warm-up' }
const malformed = { 'greenroom.dev/drain': '30' }
const withoutProbe = { readinessProbe: undefined }

t.test('a body that is no AdmissionReview is answered with 400', async (t) => {
  const bodies = ['', 'orders', 'null', '[]', '{}', '{"kind":"AdmissionReview"}', JSON.stringify(ordersPod('orders'))]
  for (const replica of replicas) {
    for (const body of bodies) t.match(await postToWebhook(replica, body), { status: 400, text: /no AdmissionReview/ })
  }
})

t.test('a body of 8 MiB is answered with 413', async (t) => {
  const pod = ordersPod('orders', { annotations: { note: 'x'.repeat(8 * 2 ** 20) } })
  const review = JSON.stringify(reviewOf(pod, 'refusals'))
  for (const replica of replicas) t.match(await postToWebhook(replica, review), { status: 413, text: /too large/ })
})

t.test('who creates a pod is told what is wrong with it, and how to mend it', async (t) => {
  t.match(await denial(ordersPod('orders', { annotations: unknownKey })), [
    'AnnotationUnknown: annotation key is "greenroom.dev/pre-onlin", expected ',
    'Did you mean annotation greenroom.dev/pre-online?',
  ])
  t.match(await denial(ordersPod('orders', { annotations: malformed })), [
    'AnnotationMalformed: annotation greenroom.dev/drain is "30", expected ',
    'Write greenroom.dev/drain: ',
  ])
  t.match(await denial(ordersPod('orders', { container: withoutProbe })), [
    'CheckurlMissing: annotation greenroom.dev/checkurl is missing, expected ',
    'Write greenroom.dev/checkurl: ',
  ])
})

/** The two sentences of a denial. */
async function denial(pod: object): Promise<string[]> {
  const { code, output } = await kubectlWith([pod], 'create', '-n', 'refusals')
  if (code === 0) throw new Error(`the pod was admitted: ${output}`)
  const [, message = ''] = output.match(/denied the request: (.*)/s) ?? []
  return message.trim().split(/(?<=\.) (?=[A-Z])/)
}

t.test('what a controller creates is admitted, with the reason in its status and a warning', async (t) => {
  const unknown = ordersPod('unknown', { labels: { app: 'unknown' }, annotations: unknownKey })
  const wrong = ordersPod('wrong', { labels: { app: 'wrong' }, annotations: malformed })
  const silent = ordersPod('silent', { labels: { app: 'silent' }, container: withoutProbe })
  // Who applies them is refused, or warned; these are from before that.
  const restoreAdvice = await withoutAdvice(namespace.name, deploymentOf('unknown', unknown))
  t.teardown(restoreAdvice)
  await namespace.create(deploymentOf('unknown', unknown), deploymentOf('wrong', wrong), deploymentOf('silent', silent))

  const injected = await assertAdmitted(t, 'unknown', unknown, {
    status: { decision: 'inject', problems: [/^AnnotationUnknown: .*annotation greenroom\.dev\/pre-online\?$/] },
    warning: /^Warning: AnnotationUnknown: annotation key is "greenroom\.dev\/pre-onlin", expected /m,
  })
  t.ok(statusOf(injected, 'greenroom')?.ready, 'injected')
  await assertAdmitted(t, 'wrong', wrong, {
    status: { decision: 'inject', problems: [/^AnnotationMalformed: annotation greenroom\.dev\/drain is "30"/] },
    warning: /^Warning: AnnotationMalformed: annotation greenroom\.dev\/drain is "30", expected /m,
  })
  const skipped = await assertAdmitted(t, 'silent', silent, {
    status: { decision: 'skip', reason: 'CheckurlMissing', problems: [/^CheckurlMissing: /] },
    warning: /^Warning: CheckurlMissing: annotation greenroom\.dev\/checkurl is missing, expected /m,
  })
  t.notOk(statusOf(skipped, 'greenroom'), 'uninjected')
})

interface Expected {
  readonly status: object
  readonly warning: RegExp
}

/** The Deployment's pod is Ready; that it came with a warning shows when it is created by hand as that controller's. */
async function assertAdmitted(t: Test, name: string, template: object, { status, warning }: Expected): Promise<Pod> {
  await kubectl('rollout', 'status', '-n', 'refusals', `deployment/${name}`, '--timeout=60s')
  const list = await kubectl('get', 'pods', '-n', 'refusals', '-l', `app=${name}`, '-o', 'json')
  const [pod] = (JSON.parse(list) as { items: Pod[] }).items
  if (!pod) throw new Error(`deployment ${name} has no pod`)
  t.match(greenroomStatus(pod), status, `${name}: status`)

  const { ownerReferences } = pod.metadata
  const owned = { ...template, metadata: { ...Object(template).metadata, ownerReferences } }
  const { code, output } = await kubectlWith([owned], 'create', '-n', 'refusals', '--dry-run=server')
  t.equal(code, 0, `${name}: admitted`)
  t.match(output, warning, `${name}: warning`)
  return pod
}

function deploymentOf(name: string, pod: object): object {
  const { metadata, spec: podSpec } = pod as Pod
  const template = { metadata: { ...metadata, name: undefined }, spec: podSpec }
  const spec = { selector: { matchLabels: { app: name } }, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec }
}

const greenroomStatus = ({ metadata }: Pod) => JSON.parse(metadata.annotations?.['greenroom.dev/status'] ?? '{}')

t.test('a pod in the network of its node is admitted as it is, for a node is never authorized', async (t) => {
  const { code, output } = await kubectlWith(
    [ordersPod('on-the-node', { spec: { hostNetwork: true }, env: { LISTEN: ':18080' }, container: withoutProbe })],
    'create',
    '-n',
    'refusals',
  )
  t.equal(code, 0, output)
  t.match(output, /^Warning: HostNetwork: /m)
  const pod = await namespace.until(
    'on-the-node',
    'running',
    (pod) => statusOf(pod, 'app')?.state?.running !== undefined,
  )
  t.match(greenroomStatus(pod), { decision: 'skip', reason: 'HostNetwork' })
  t.notOk(pod.spec.initContainers, 'uninjected')
  t.notOk((await readGrants())[pod.metadata.uid])
})

t.test('a pod that uses the port goes online at the next one of the policy', async (t) => {
  const orders = ordersPod('neighbours')
  const [app] = orders.spec.containers
  const neighbour = {
    ...app,
    name: 'neighbour',
    ports: [{ containerPort: 15720 }],
    readinessProbe: { httpGet: { path: '/health', port: 15720 }, periodSeconds: 1 },
    env: [{ name: 'LISTEN', value: ':15720' }],
  }
  await namespace.create({ ...orders, spec: { ...orders.spec, containers: [app, neighbour] } })
  const pod = await namespace.until('neighbours', 'Ready', isReady)
  t.match(greenroomStatus(pod), { container: 'app', port: 15721 })
  t.equal((await fetch(`http://${pod.status.podIP}:15721/healthcheck.html`)).status, 200)
})

t.test('after all of that the server is the one that it was', async (t) => {
  t.same(await readReplicas(), replicas, 'the same pods, not restarted')
  const review = JSON.stringify(reviewOf(ordersPod('orders'), 'refusals'))
  for (const replica of replicas) {
    const { status, text } = await postToWebhook(replica, review)
    t.equal(status, 200)
    t.match(JSON.parse(text), { response: { allowed: true, patchType: 'JSONPatch' } })
  }
})
