import t from 'tap'
import { readGrants } from './support/authorization-server.ts'
import { followJournal } from './support/journal.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersContainer, ordersPod, type Pod } from './support/pod.ts'
import { untilVolumeExists } from './support/volume.ts'

const namespace = await createNamespace('jobs')
t.teardown(() => namespace.remove())

const templateOf = (
  { metadata: { labels, annotations }, spec }: ReturnType<typeof ordersPod>,
  restartPolicy?: string,
) => ({
  metadata: { labels, annotations },
  spec: restartPolicy ? { ...spec, restartPolicy } : spec,
})
const hasEnded = ({ status }: Pod) => status.phase === 'Succeeded' || status.phase === 'Failed'
const reasonOf = ({ metadata }: Pod) => JSON.parse(metadata.annotations?.['greenroom.dev/status'] ?? '{}').reason

t.test('a Job with a checkurl is authorized, goes online, completes and is revoked', async (t) => {
  const template = templateOf(ordersPod('works', { env: { STOP_AFTER: '4s' }, labels: { app: 'works' } }), 'Never')
  await namespace.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'works' }, spec: { template } })
  const pod = await namespace.untilAny('seen', ({ metadata }) => metadata.name.startsWith('works-'))
  await untilVolumeExists(pod)
  const journal = followJournal(pod)
  await namespace.until(pod.metadata.name, 'Ready', isReady)
  t.ok((await readGrants())[pod.metadata.uid])
  const ended = await namespace.until(pod.metadata.name, 'ended', hasEnded)
  t.equal(ended.status.phase, 'Succeeded', 'the sidecar does not keep it from completing')
  const words = journal.stop().map(({ words }) => words.replace(/ .*/, ''))
  t.ok(
    words.indexOf('online') < words.indexOf('exited') && words.indexOf('exited') < words.indexOf('revoked'),
    `${words}`,
  )
  t.notOk((await readGrants())[pod.metadata.uid], 'no grant is left')
})

t.test('a CronJob without checkurl is left alone, says why, and completes', async (t) => {
  const orders = ordersPod('runs', { container: { readinessProbe: undefined }, env: { STOP_AFTER: '1s' } })
  const template = templateOf(orders, 'Never')
  await namespace.create({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'runs' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } },
  })
  const pod = await namespace.untilAny('of the CronJob', ({ metadata }) => metadata.name.startsWith('runs-'), 75_000)
  t.equal(reasonOf(pod), 'CheckurlMissing')
  t.equal((await namespace.until(pod.metadata.name, 'ended', hasEnded)).status.phase, 'Succeeded')
})

t.test('a StatefulSet comes up one after the other, each with its own grant', async (t) => {
  const template = templateOf(ordersPod('db', { labels: { app: 'db' } }))
  const selector = { matchLabels: { app: 'db' } }
  await namespace.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: { replicas: 2, serviceName: 'db', selector, template },
  })
  const first = await namespace.until('db-0', 'Ready', isReady)
  const second = await namespace.until('db-1', 'Ready', isReady)
  const createdAt = namespace.history('db-1')[0]?.at ?? 0
  const readyAt = namespace.history('db-0').find(({ pod }) => isReady(pod))?.at ?? Number.POSITIVE_INFINITY
  t.ok(createdAt >= readyAt, 'the second is created when the first has its traffic')
  const grants = await readGrants()
  t.ok(grants[first.metadata.uid] && grants[second.metadata.uid])
})

t.test('several containers: the one that is named is the app; where none is, it is said', async (t) => {
  const companions = [{ ...ordersContainer('companion'), args: ['/app/orders', 'linger'] }]
  const named = ordersPod('named', { companions, annotations: { 'greenroom.dev/container': 'app' } })
  const unclear = ordersPod('unclear', { companions })
  const containers = unclear.spec.containers.map((container) => ({ ...container, ...rename(container) }))
  await namespace.create(named)
  const pod = await namespace.until('named', 'Ready', isReady)
  t.equal(JSON.parse(pod.metadata.annotations?.['greenroom.dev/status'] ?? '{}').container, 'app')
  await t.rejects(namespace.create({ ...unclear, spec: { ...unclear.spec, containers } }), /AppContainerUnclear/)
})

/** So that neither is called `app`. */
const rename = (container: object) => ({ name: 'name' in container && container.name === 'app' ? 'web' : 'worker' })
