import t from 'tap'
import { sampleOf } from './support/component.ts'
import { findSidecar } from './support/injected.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { ordersPod, type Pod } from './support/pod.ts'
import { deletePolicy, injectingAlways, setPolicy } from './support/policy.ts'
import { untilTrue } from './support/until-true.ts'
import { readReplicas, readWebhookMetrics } from './support/webhook.ts'

const namespace = await createNamespace('templates')
t.teardown(async () => {
  await deletePolicy('templates')
  await namespace.remove()
})

/** As most are: with the token of its service account. No node takes its pods, for only their creation matters. */
function deployment(replicas: number) {
  const nowhere = { automountServiceAccountToken: true, nodeSelector: { nowhere: 'true' } }
  const { metadata, spec } = ordersPod('orders', { annotations: { 'greenroom.dev/pre-start': 'off' }, spec: nowhere })
  const template = { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec }
  const selector = { matchLabels: { app: 'orders' } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'orders' },
    spec: { replicas, selector, template },
  }
}

async function countKnown(): Promise<number> {
  const replicas = await readReplicas()
  const metrics = await Promise.all(replicas.map(readWebhookMetrics))
  return metrics.reduce((sum, text) => sum + (sampleOf('greenroom_webhook_known_templates_total', text) ?? 0), 0)
}

const tokenOf = (pod: Pod) => findSidecar(pod)?.env?.find(({ name }) => name === 'GREENROOM_PROBE_TOKEN')?.value
const volumeOf = (pod: Pod) => pod.spec.volumes?.find(({ name }) => name.startsWith('kube-api-access-'))?.name
const policyOf = ({ metadata }: Pod) => JSON.parse(metadata.annotations?.['greenroom.dev/status'] ?? '{}').policy

const created = 24

t.test('pods of a Deployment get one answer, each with a token and a volume of its own', async (t) => {
  const before = await countKnown()
  await namespace.create(deployment(created))
  await namespace.untilAny('the last', () => namespace.pods().length === created)
  const known = await countKnown()
  // The first two of each replica are worked out, and those that came meanwhile.
  t.ok(known - before >= created / 2, `${known - before} of ${created} known`)
  const pods = namespace.pods()
  t.equal(new Set(pods.map(tokenOf)).size, created)
  t.equal(new Set(pods.map(volumeOf)).size, created)
  t.ok(pods.every((pod) => tokenOf(pod) && volumeOf(pod) && policyOf(pod) === 'tests'))
})

t.test('a policy that is new, and labels of the namespace that are, hold at once', async (t) => {
  const old = new Set(namespace.pods().map(({ metadata }) => metadata.name))
  const younger = () => namespace.pods().filter(({ metadata }) => !old.has(metadata.name))
  await setPolicy('templates', injectingAlways('templates'))
  const scale = (replicas: number) =>
    kubectl('scale', '-n', namespace.name, 'deployment/orders', `--replicas=${replicas}`)
  await scale(created + 2)
  await namespace.untilAny('without the label', () => younger().length === 2)
  t.ok(younger().every((pod) => policyOf(pod) === 'tests'))
  await kubectl('label', 'namespace', namespace.name, 'team=templates')
  // Each replica watches for itself: with another pod each time until both have seen it.
  let replicas = created + 2
  const isSeen = async () => {
    replicas += 2
    await scale(replicas)
    await namespace.untilAny('of this scale', () => younger().length === replicas - created)
    return younger()
      .slice(-2)
      .every((pod) => policyOf(pod) === 'templates')
  }
  t.ok(await untilTrue(isSeen, Date.now() + 30_000, 100))
})
