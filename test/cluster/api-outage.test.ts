import t from 'tap'
import { settingsOf } from '../../policy/own-parts.ts'
import { cutFromApi } from './support/api-cut.ts'
import { readServing } from './support/component.ts'
import { findSidecar } from './support/injected.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod } from './support/pod.ts'
import {
  applyPolicy,
  deletePolicy,
  dryRun,
  injectingAlways,
  isInjected,
  setPolicy,
  statusAnnotationOf,
} from './support/policy.ts'
import { untilTrue } from './support/until-true.ts'

const namespace = await createNamespace('api-outage')
await kubectl('label', 'namespace', namespace.name, 'team=outage')
t.teardown(async () => {
  await deletePolicy('outage')
  await namespace.remove()
})

const policy = injectingAlways('outage')

const { metadata, ...orders } = ordersPod('held', { annotations: { 'greenroom.dev/hold': 'true' } })
const held = {
  ...orders,
  metadata: {
    ...metadata,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'held', uid: 'held', controller: true }],
  },
}

const selector = { matchLabels: { app: 'held' } }
const released = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'held', labels: { 'greenroom.dev/released': 'true' } },
  spec: { replicas: 0, selector, template: { metadata: { labels: selector.matchLabels }, spec: orders.spec } },
}

const isHeld = async () => {
  const { pod } = await dryRun(namespace.name, held)
  const sidecar = pod && findSidecar(pod)
  const settings = sidecar && settingsOf(sidecar)
  return settings === undefined ? undefined : JSON.parse(settings).hold
}

t.test('an API server that does not answer the webhook keeps no pod from starting, by what holds', async (t) => {
  await setPolicy('outage', policy)
  const plain = { ...ordersPod('plain'), metadata: { name: 'plain' } }
  t.ok(await untilTrue(async () => isInjected(await dryRun(namespace.name, plain)), Date.now() + 30_000, 100))
  await namespace.create(released)
  t.equal(await isHeld(), false)
  const ready = (await readServing('webhook')).length
  const restore = await cutFromApi('webhook')
  t.teardown(restore)

  t.match(statusAnnotationOf(await dryRun(namespace.name, plain)), { decision: 'inject', policy: 'outage' })
  await namespace.create(ordersPod('lives'))
  await namespace.until('lives', 'Ready', isReady)
  t.equal(await isHeld(), true, 'safe, where nobody can tell whether it was released')
  // What is changed meanwhile is heard of afterwards.
  await applyPolicy('outage', { ...policy, mode: 'Off' })
  t.match(statusAnnotationOf(await dryRun(namespace.name, plain)), { decision: 'inject', policy: 'outage' })
  t.equal((await readServing('webhook')).length, ready, 'still Ready')

  await restore()
  t.ok(
    await untilTrue(async () => !isInjected(await dryRun(namespace.name, plain)), Date.now() + 90_000, 500),
    'the change holds once they reach it again',
  )
  await deletePolicy('outage')
  t.ok(await untilTrue(async () => (await isHeld()) === false, Date.now() + 30_000, 200))
})
