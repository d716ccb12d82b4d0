import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { killActor } from './support/actors.ts'
import { cutFromApi } from './support/api-cut.ts'
import { readCalls, setBehaviour } from './support/authorization-server.ts'
import { createBoundPods, createNode, deleteNode, forceDelete, reportStatus } from './support/bound-pod.ts'
import { system } from './support/component.ts'
import { killGate, readLedger, scaleGate, setGatePolicy } from './support/gate.ts'
import { authorizeUntilGranted, createGateStage, grantsOf } from './support/gate-stage.ts'
import { kubectl } from './support/kubectl.ts'
import { authorizeLocally } from './support/local-client.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod } from './support/pod.ts'
import { untilTrue } from './support/until-true.ts'

const { namespace, node, drawIp } = await createGateStage(t, 'gate-ledger')
const boundTo = (node: string) => ({ namespace: namespace.name, node })

t.test(
  'whatever a pod dies of, its grant goes, also when the gate was down, and no deletion waits for it',
  async (t) => {
    await setGatePolicy({ limits: { rate: { calls: 100 } } })
    await setBehaviour({ mode: 'grant' })
    const doomed = await createNamespace('gate-doomed')
    t.teardown(() => doomed.remove().catch(() => {})) // Gone with it, where all is well.
    await createNode('gate-lost')
    t.teardown(() => deleteNode('gate-lost').catch(() => {})) // The same.
    await namespace.create(
      ordersPod('lives'),
      ordersPod('killed'),
      ordersPod('ends', { spec: { restartPolicy: 'Never' }, env: { STOP_AFTER: '60s' } }),
    )
    await doomed.create(ordersPod('in-namespace'))
    const kinds = ['forced', 'succeeded', 'failed'] as const
    const bound = await createBoundPods(
      kinds.map((name) => ({ name, application: 'orders', ip: drawIp() })),
      boundTo(node),
    )
    const [onLost] = await createBoundPods(
      [{ name: 'on-lost', application: 'orders', ip: drawIp() }],
      boundTo('gate-lost'),
    )
    for (const pod of [...bound, ...(onLost ? [onLost] : [])]) t.equal((await authorizeLocally(pod)).code, 0)
    const lives = await namespace.until('lives', 'Ready', isReady)
    const killed = await namespace.until('killed', 'Ready', isReady)
    await namespace.until('ends', 'Ready', isReady)
    await doomed.until('in-namespace', 'Ready', isReady)
    t.equal((await readLedger(namespace.name)).length, 7)

    await scaleGate(0)
    const begin = Date.now()
    // The sidecar dies before it could say anything, and again whenever it is started.
    await namespace.delete('killed')
    for (let nth = 0; nth < 3; nth += 1) await killActor(killed, 'sidecar', 5_000)
    await doomed.delete('in-namespace')
    await doomed.untilGone('in-namespace', 60_000)
    await doomed.remove()
    const [forced, succeeded, failed] = bound
    if (forced) await forceDelete(forced)
    if (succeeded) await reportStatus(succeeded, { phase: 'Succeeded' })
    if (failed) await reportStatus(failed, { phase: 'Failed' })
    await deleteNode('gate-lost')
    await namespace.untilGone('killed', 60_000)
    await namespace.until('ends', 'Succeeded', ({ status }) => status.phase === 'Succeeded', 90_000)
    await kubectl('wait', '--for=delete', 'namespace/gate-doomed', '--timeout=90s')
    t.ok(Date.now() - begin < 120_000, 'no deletion waited for the gate')
    // The controller takes away the pods of a node that is gone after a quarantine of its own.
    await kubectl('wait', '-n', namespace.name, '--for=delete', 'pod/on-lost', '--timeout=150s')
    t.ok((await grantsOf(namespace.name)).length > 1, 'what is owed is still there')

    await scaleGate(2)
    const names = async () => (await grantsOf(namespace.name)).map(({ pod }) => pod)
    t.ok(
      await untilTrue(async () => (await names()).join() === 'lives', Date.now() + 90_000, 200),
      'only who lives has a grant',
    )
    t.same(await grantsOf('gate-doomed'), [])
    t.same(
      (await readLedger(namespace.name)).map(({ metadata }) => metadata.name),
      [lives.metadata.uid],
    )
    await kubectl('delete', 'pods', '-n', namespace.name, '--all', '--grace-period=1')
  },
)

t.test('an address that was reused while the gate was down never brings what the pod before had', async (t) => {
  await setGatePolicy({ limits: { rate: { calls: 100 } } })
  const ip = drawIp()
  const place = boundTo(node)
  const [old] = await createBoundPods([{ name: 'old', application: 'orders', ip }], {
    ...place,
    annotations: { 'greenroom.dev/authorize': 'mysql:orders' },
  })
  if (!old) throw new Error('not created')
  t.equal((await authorizeLocally(old)).code, 0)
  await scaleGate(0)
  await forceDelete(old)
  const [young] = await createBoundPods([{ name: 'young', application: 'cache', ip }], {
    ...place,
    annotations: { 'greenroom.dev/authorize': 'redis:cache' },
  })
  if (!young) throw new Error('not created')
  t.not((await authorizeLocally(young)).code, 0, 'without a gate it waits')
  await scaleGate(2)
  t.equal(await authorizeUntilGranted(young), 0)
  const grants = (await grantsOf(namespace.name)).filter((grant) => grant.ip === ip)
  t.match(grants, [{ pod: 'young', resources: ['redis:cache'] }])
  t.equal(grants.length, 1)
  const answers = [...(await readCalls(old.uid)), ...(await readCalls(young.uid))].toSorted((a, b) =>
    a.time.localeCompare(b.time),
  )
  t.same(
    answers.map(({ method, uid }) => `${method} ${uid === old.uid ? 'old' : 'young'}`),
    ['PUT old', 'DELETE old', 'PUT young'],
    'taken back before the other was given anything',
  )
  await forceDelete(young)
  t.ok(await untilTrue(async () => (await grantsOf(namespace.name)).length === 0, Date.now() + 60_000, 200))
})

t.test(
  'an entry that others write to while its call is under way is let go of, and its grant is taken back',
  async (t) => {
    await setGatePolicy({ limits: { rate: { calls: 100 } } })
    const [pod] = await createBoundPods([{ name: 'annotated', application: 'orders', ip: drawIp() }], boundTo(node))
    if (!pod) throw new Error('not created')
    const claim = async () => (await readLedger(namespace.name))[0]?.status?.claim
    await setBehaviour({ mode: 'grant', delayMs: 3_000 })
    const authorized = authorizeLocally(pod)
    t.ok(await untilTrue(async () => (await claim()) !== undefined, Date.now() + 30_000, 50), 'the call is under way')
    await kubectl('annotate', '-n', system, 'authorizations', pod.uid, 'example.com/seen=true')
    t.equal((await authorized).code, 0)
    t.ok(
      await untilTrue(async () => (await claim()) === undefined, Date.now() + 10_000, 50),
      'long before it ends by itself',
    )
    await setBehaviour({ mode: 'grant' })
    t.match(await grantsOf(namespace.name), [{ pod: 'annotated' }])
    await forceDelete(pod)
    t.ok(await untilTrue(async () => (await grantsOf(namespace.name)).length === 0, Date.now() + 60_000, 200))
  },
)

t.test(
  'an API server that is out of reach costs no live pod its grant, also where the gate starts meanwhile',
  async (t) => {
    await setGatePolicy({ limits: { rate: { calls: 100 } } })
    const [live, dead] = await createBoundPods(
      ['out-of-reach', 'dead'].map((name) => ({ name, application: 'orders', ip: drawIp() })),
      boundTo(node),
    )
    if (!live || !dead) throw new Error('not created')
    for (const pod of [live, dead]) t.equal(await authorizeUntilGranted(pod), 0)
    const restore = await cutFromApi('gate')
    t.teardown(restore)
    await forceDelete(dead)
    await killGate(() => 0)
    // Both replicas: one that was in step, and one that never gets there.
    await sleep(Number(process.env.SOAK_OUTAGE_SECONDS ?? 30) * 1000)
    t.same(
      (await grantsOf(namespace.name)).map(({ pod }) => pod).toSorted(),
      ['dead', 'out-of-reach'],
      'nobody was touched',
    )
    await restore()
    const names = async () => (await grantsOf(namespace.name)).map(({ pod }) => pod)
    t.ok(
      await untilTrue(async () => (await names()).join() === 'out-of-reach', Date.now() + 120_000, 200),
      'only the dead one is taken back',
    )
    await forceDelete(live)
    t.ok(await untilTrue(async () => (await names()).length === 0, Date.now() + 60_000, 200))
  },
)
