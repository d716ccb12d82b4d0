import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { peakPerSecond } from '../../authorization/reference/peak.ts'
import { readCallSummary, setBehaviour } from './support/authorization-server.ts'
import { createBoundPods, forceDelete } from './support/bound-pod.ts'
import { killGate, readLedger, setGatePolicy } from './support/gate.ts'
import { authorizeUntilGranted, createGateStage, grantsOf } from './support/gate-stage.ts'
import { inParallel } from './support/in-parallel.ts'
import { kubectl } from './support/kubectl.ts'
import { restartKubelet } from './support/kubelet.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { redisUrl, startRedis } from './support/redis.ts'
import { createRandom } from './support/schedule.ts'
import { untilTrue } from './support/until-true.ts'

const { namespace, node, drawIp } = await createGateStage(t, 'gate-storms')

const messageOf = (pod: Pod) => {
  const status = statusOf(pod, 'greenroom-authorize')
  return status?.state?.terminated?.message ?? status?.lastState?.terminated?.message ?? ''
}

/** As many as the story has in `make soak`; fewer where every run has to wait for them. */
const isSoak = process.env.SOAK_STORMS !== undefined
const [storm, clients, failing, killed] = isSoak ? [60, 500, 50, 150] : [30, 40, 20, 40]

t.test(`${storm} pods of 5 applications at once cost one call each, at the pace that the service bears`, async (t) => {
  await setGatePolicy({ limits: { rate: { calls: 5, per: '1s' }, replicas: 2 } })
  await setBehaviour({ mode: 'grant', capacity: { callsPerSecond: 5 } })
  const before = await readCallSummary()
  const names = Array.from({ length: storm }, (_, index) => ({ name: `storm-${index}`, app: `app-${index % 5}` }))
  await namespace.create(...names.map(({ name, app }) => ordersPod(name, { labels: { app } })))
  const pods = await Promise.all(names.map(({ name }) => namespace.until(name, 'Ready', isReady, 300_000)))
  const after = await readCallSummary()
  t.equal(after.total - before.total, storm, `one call for each pod: ${JSON.stringify(after.byAnswer)}`)
  t.equal((after.byAnswer.throttled ?? 0) - (before.byAnswer.throttled ?? 0), 0, 'the service never had to throttle')
  t.same(
    (await grantsOf(namespace.name)).map(({ ip }) => ip).toSorted(),
    pods.map(({ status }) => status.podIP).toSorted(),
    'it has the address of each',
  )
  const ledger = await readLedger(namespace.name)
  t.same([...new Set(ledger.map(({ status }) => status?.state))], ['Granted'])
  t.equal(ledger.length, storm)
  const events = await kubectl(
    'get',
    'events',
    '-n',
    namespace.name,
    '--field-selector',
    'reason=AuthorizationGranted',
    '-o',
    'name',
  )
  t.ok(events.trim().split('\n').length > storm / 2, 'pods say so in their events')

  await kubectl('delete', 'pods', '-n', namespace.name, '--all', '--wait=false')
  await Promise.all(names.map(({ name }) => namespace.untilGone(name, 120_000)))
  t.ok(
    await untilTrue(async () => (await grantsOf(namespace.name)).length === 0, Date.now() + 60_000, 200),
    'no grant is left',
  )
  t.ok(
    await untilTrue(async () => (await readLedger(namespace.name)).length === 0, Date.now() + 30_000, 200),
    'nor an entry',
  )
})

t.test(`${clients} pods of 10 applications, by real clients and the real gate: the same`, async (t) => {
  await setGatePolicy({ limits: { rate: { calls: 5, per: '1s' }, replicas: 2 } })
  await setBehaviour({ mode: 'grant', capacity: { callsPerSecond: 5 } })
  const before = await readCallSummary()
  const wanted = Array.from({ length: clients }, (_, index) => ({
    name: `client-${index}`,
    application: `app-${index % 10}`,
    ip: drawIp(),
  }))
  const pods = await createBoundPods(wanted, { namespace: namespace.name, node })
  const ends = await inParallel(pods, 120, (pod) => authorizeUntilGranted(pod))
  const after = await readCallSummary()
  t.same([...new Set(ends)], [0], 'each may start')
  t.equal(after.total - before.total, clients, `one call for each pod: ${JSON.stringify(after.byAnswer)}`)
  t.equal((after.byAnswer.throttled ?? 0) - (before.byAnswer.throttled ?? 0), 0)
  const ips = new Set((await grantsOf(namespace.name)).map(({ ip }) => ip))
  t.ok(pods.every(({ ip }) => ips.has(ip)))
  // A mass of deaths, which the default would stop; and at a pace that does not hold up the tests.
  await setBehaviour({ mode: 'grant' })
  await setGatePolicy({ limits: { rate: { calls: 100 }, replicas: 2 }, revocations: { most: 1000 } })
  await inParallel(pods, 20, forceDelete)
  t.ok(
    await untilTrue(async () => (await grantsOf(namespace.name)).length === 0, Date.now() + 180_000, 200),
    'all are taken back',
  )
})

t.test('a service that always fails is asked twice for each pod at most, and each pod says why and when', async (t) => {
  // The kubelet's back-off of five minutes becomes one second, the refill of ten minutes two: see gated/policy.yaml.
  await restartKubelet({ GREENROOM_CRASH_LOOP_MAX: '1s' })
  t.teardown(() => restartKubelet())
  await setGatePolicy({
    breaker: { failures: 5, pause: '5s' },
    limits: { rate: { calls: 100 }, pod: { calls: 3, per: '2s' } },
  })
  await setBehaviour({ mode: 'fail' })
  const before = await readCallSummary()
  const names = Array.from({ length: failing }, (_, index) => `down-${index}`)
  await namespace.create(...names.map((name) => ordersPod(name)))
  const restarted = (pod: Pod) => (statusOf(pod, 'greenroom-authorize')?.restartCount ?? 0) >= 3
  // Far longer than ten minutes are by that factor.
  const pods = await Promise.all(names.map((name) => namespace.until(name, 'three restarts', restarted, 300_000)))
  const calls = (await readCallSummary()).total - before.total
  t.ok(calls > 0 && calls <= 2 * failing, `${calls} calls`)
  for (const pod of pods)
    t.match(
      messageOf(pod),
      /^Authorization(Unavailable|AttemptsSpent|Throttled): .*the first restart after \S+ asks again/,
      `${pod.metadata.name}: ${messageOf(pod)}`,
    )
  const warnings = await kubectl(
    'get',
    'events',
    '-n',
    namespace.name,
    '--field-selector',
    'reason=AuthorizationUnavailable',
    '-o',
    'name',
  )
  t.ok(warnings.trim().split('\n').length > failing / 4, 'pods have events')

  await setBehaviour({ mode: 'grant' })
  const begin = Date.now()
  await Promise.all(names.map((name) => namespace.until(name, 'Ready', isReady, 180_000)))
  t.comment(`all Ready ${Math.round((Date.now() - begin) / 1000)} s after the service was back`)
  await kubectl('delete', 'pods', '-n', namespace.name, '--all', '--wait=false')
  await Promise.all(names.map((name) => namespace.untilGone(name, 120_000)))
})

t.test(
  'gates killed at random and a Redis that goes and comes back lose no grant, and spare the service',
  async (t) => {
    // A gate that is killed again and again is started again at once.
    await restartKubelet({ GREENROOM_CRASH_LOOP_MAX: '1s' })
    t.teardown(() => restartKubelet())
    let redis = await startRedis(t)
    const [calls, replicas] = [10, 2]
    await setGatePolicy({
      limits: { rate: { calls, per: '1s' }, replicas, redis: { url: redisUrl } },
      revocations: { most: 1000 },
    })
    await setBehaviour({ mode: 'grant' })
    const wanted = Array.from({ length: killed }, (_, index) => ({
      name: `chaos-${index}`,
      application: 'orders',
      ip: drawIp(),
    }))
    const pods = await createBoundPods(wanted, { namespace: namespace.name, node })
    const begin = Date.now()
    const seed = begin % 2 ** 31
    t.comment(`seed ${seed}`)
    const random = createRandom(seed)
    const asking = inParallel(pods, 50, authorizeUntilGranted)
    let isOver = false
    const ended = asking.finally(() => {
      isOver = true
    })
    const mostKills = isSoak ? 30 : 8
    let kills = 0
    for (let nth = 0; !isOver && nth < mostKills; nth += 1) {
      await Promise.race([ended, sleep(500 + random() * 2_000)])
      await killGate(random)
      kills += 1
      if (nth === 2) await redis.kill()
      if (nth === 4) redis = await startRedis(t)
    }
    t.ok(kills >= 4, `${kills} kills`)
    t.same([...new Set(await ended)], [0], 'each pod may start')
    const times = (await readCallSummary()).calls.map(({ time }) => Date.parse(time)).filter((time) => time >= begin)
    const peak = peakPerSecond(times)
    t.ok(
      peak <= calls + calls / replicas,
      `${peak} calls in a second, ${calls} allowed and a share of ${calls / replicas}`,
    )
    const granted = new Set((await grantsOf(namespace.name)).map(({ ip }) => ip))
    t.same(
      pods.filter(({ ip }) => !granted.has(ip)),
      [],
      'no grant is lost',
    )
    t.equal((await readLedger(namespace.name)).length, pods.length, 'and each is in the ledger')
    await inParallel(pods, 20, forceDelete)
    t.ok(
      await untilTrue(async () => (await grantsOf(namespace.name)).length === 0, Date.now() + 120_000, 200),
      'all are taken back',
    )
  },
)
