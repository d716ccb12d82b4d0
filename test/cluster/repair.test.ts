import t from 'tap'
import { readServing, restart, rolledOut, sampleOf } from './support/component.ts'
import { findSidecar } from './support/injected.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod } from './support/pod.ts'
import { deletePolicy, injectingAlways, setPolicy } from './support/policy.ts'
import { untilTrue } from './support/until-true.ts'
import { scaleWebhook } from './support/webhook.ts'

const shop = await createNamespace('repair')
await kubectl('label', 'namespace', shop.name, 'team=repair')
t.teardown(async () => {
  await deletePolicy('repairs')
  await shop.remove()
})

const policy = { ...injectingAlways('repair'), failurePolicy: 'Ignore' }

/** What a team writes that has never heard of Greenroom. */
const { metadata: _, ...plain } = ordersPod('plain')
const labels = { app: 'orders' }
const bare = { ...plain, metadata: { name: 'bare', labels: { app: 'bare' } } }
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'orders' },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: plain.spec } },
}
const budget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'orders' },
  spec: { minAvailable: 1, selector: { matchLabels: labels } },
}

const isInjected = (pod: Pod) => findSidecar(pod) !== undefined
const isOrders = ({ metadata }: Pod) => metadata.labels?.app === 'orders'

/** The value of a series of the control plane; undefined: there is none. */
async function metric(series: string): Promise<number | undefined> {
  const [replica] = await readServing('control-plane')
  if (!replica) return undefined
  return sampleOf(series, await (await fetch(`http://${replica.status.podIP}:8080/metrics`)).text())
}

const missedSeries = 'greenroom_control_plane_missed_pods{pod_namespace="repair",policy="repairs"}'
const evictedSeries = 'greenroom_control_plane_evictions_total{answer="evicted"}'

/** Pods that have an event of this reason, once for each event. */
async function podsWithEvent(reason: string): Promise<string[]> {
  const list = await kubectl('get', 'events', '-n', shop.name, '--field-selector', `reason=${reason}`, '-o', 'json')
  const { items }: { items: { involvedObject: { name: string } }[] } = JSON.parse(list)
  return items.map(({ involvedObject }) => involvedObject.name).sort()
}

const columns = async () => (await kubectl('get', 'injectionpolicy', 'repairs', '--no-headers')).trim().split(/ +/)
const within = async (ms: number, isSo: () => Promise<boolean>) =>
  (await untilTrue(isSo, Date.now() + ms, 500)) !== null

t.test('pods that came in while the webhook was down are reported, and nobody is evicted', async (t) => {
  await rolledOut('greenroom-control-plane')
  const evictions = await metric(evictedSeries)
  await setPolicy('repairs', policy)
  const registered = 'jsonpath={.webhooks[?(@.name=="repairs.policy.greenroom.dev")].failurePolicy}=Ignore'
  await kubectl('wait', 'mutatingwebhookconfiguration/greenroom-policies', `--for=${registered}`, '--timeout=60s')
  await scaleWebhook(0)
  t.teardown(() => scaleWebhook(2))
  await shop.create(deployment, bare, budget)
  await shop.until('bare', 'Ready', isReady)
  await kubectl('rollout', 'status', '-n', shop.name, 'deployment/orders', '--timeout=120s')
  await scaleWebhook(2)
  const names = shop.pods().map(({ metadata }) => metadata.name)
  t.equal(names.length, 3)
  t.notOk(shop.pods().some(isInjected))

  t.ok(await within(30_000, async () => (await metric(missedSeries)) === 3), 'the metric')
  t.ok(await within(30_000, async () => (await podsWithEvent('InjectionMissed')).length === 3), 'an event each')
  t.same(await podsWithEvent('InjectionMissed'), names.toSorted())
  t.ok(await within(30_000, async () => (await columns()).includes('InjectionMissed')), 'the policy says so')
  t.same((await columns()).slice(0, -1), ['repairs', 'always', '10', 'True', '0', '3', 'InjectionMissed'])
  t.equal(await metric(evictedSeries), evictions)
})

t.test('another control plane takes over, finds the same, and says nothing twice', async (t) => {
  await restart('greenroom-control-plane')
  t.ok(await within(60_000, async () => (await metric(missedSeries)) === 3))
  t.equal((await podsWithEvent('InjectionMissed')).length, 3)
})

t.test('with evict the Deployment replaces its pods one after another, and the bare pod stays', async (t) => {
  const before = shop.pods().filter(isOrders)
  await setPolicy('repairs', { ...policy, repair: 'evict' })
  const areMended = async () => {
    const orders = shop.pods().filter(isOrders)
    return orders.length === 2 && orders.every((pod) => isInjected(pod) && isReady(pod))
  }
  t.ok(await within(180_000, areMended), JSON.stringify(shop.pods().map(({ metadata }) => metadata.name)))
  t.same(await podsWithEvent('EvictedForInjection'), before.map(({ metadata }) => metadata.name).sort())
  t.ok(await within(30_000, async () => (await metric(missedSeries)) === 1), 'the bare pod is reported still')
  t.notOk(
    shop.pods().some((pod) => pod.metadata.name === 'bare' && (isInjected(pod) || pod.metadata.deletionTimestamp)),
  )
  t.ok(await within(30_000, async () => (await columns())[4] === '2'))
  t.same((await columns()).slice(0, -1), ['repairs', 'always', '10', 'True', '2', '1', 'InjectionMissed'])

  // One after another: when the second was evicted, the first one's replacement was Ready.
  const history = before.map(
    ({ metadata }) => shop.history(metadata.name).find(({ pod }) => pod.metadata.deletionTimestamp)?.at ?? 0,
  )
  const replacements = shop.pods().filter(isOrders)
  const readyAt = replacements.map(
    ({ metadata }) => shop.history(metadata.name).find(({ pod }) => isReady(pod))?.at ?? 0,
  )
  t.ok(Math.min(...readyAt) <= Math.max(...history), 'the second went when the first was replaced')
})

t.test('nothing goes round', async (t) => {
  const evictions = await metric(evictedSeries)
  t.equal(evictions, 2)
  const uids = shop.pods().map(({ metadata }) => metadata.uid)
  // A new survey of everything: whoever is evicted by mistake is evicted now.
  await kubectl('annotate', 'injectionpolicy', 'repairs', 'look=again')
  await restart('greenroom')
  // The webhook counts as steady after half a minute; the bare pod is all that there is to evict.
  t.notOk(await within(45_000, async () => (await metric(evictedSeries)) !== evictions))
  t.same(
    shop.pods().map(({ metadata }) => metadata.uid),
    uids,
  )
  await kubectl('wait', 'injectionpolicy/repairs', '--for=condition=Accepted', '--timeout=30s')
})
