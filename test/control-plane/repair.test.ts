import pino from 'pino'
import t, { type Test } from 'tap'
import { startRounds } from '../../control-plane/rounds.ts'
import { type Act, type ApiServer, startApiServer } from './api-server.ts'
import { type PodSketch, podObject, record } from './pods.ts'

const minute = 60_000
const hour = 60 * minute
const nowMs = Math.floor(Date.now() / 1000) * 1000
const iso = (ms: number) => new Date(ms).toISOString()

const policy = {
  apiVersion: 'greenroom.dev/v1alpha1',
  kind: 'InjectionPolicy',
  metadata: {
    name: 'shops',
    generation: 1,
    managedFields: [{ time: iso(nowMs - 2 * hour), fieldsV1: { 'f:spec': {} } }],
  },
  spec: { inject: 'always', repair: 'evict', podSelector: { matchLabels: { app: 'orders' } } },
}
const namespace = (name: string) => ({ metadata: { name, creationTimestamp: iso(nowMs - 3 * hour) } })
const replica = podObject({
  name: 'webhook',
  namespace: 'ours',
  labels: { 'app.kubernetes.io/component': 'webhook' },
  createdMs: nowMs - 10 * minute,
})
/** It came in while no webhook answered. */
const missed = (name: string, sketch: PodSketch = {}) =>
  podObject({ name, owner: { kind: 'ReplicaSet', uid: `owner-of-${name}` }, createdMs: nowMs - hour, ...sketch })
const injected = (createdMs: number) =>
  podObject({
    name: 'injected',
    isInjected: true,
    createdMs,
    annotations: record('inject', 'Injected', { policy: 'shops' }),
  })

/** A cluster with a webhook that has been Ready for ten minutes, and a policy of `repair: evict`, as a new leader finds it. */
async function lead(
  t: Test,
  pods: readonly ReturnType<typeof podObject>[],
  status: object = {},
  onEvict = (_: string) => 201,
) {
  const api = await startApiServer(t, { entries: ['shops.policy.greenroom.dev'], onEvict })
  for (const name of ['shop', 'ours']) api.put('namespaces', namespace(name))
  api.put('injectionpolicies', { ...policy, status })
  for (const each of [replica, ...pods]) api.put('pods', each)
  const log: Record<string, unknown>[] = []
  const logger = pino({}, { write: (line: string) => log.push(JSON.parse(line)) })
  const parts = { namespace: 'ours', isLeading: () => true, countEviction: () => {} }
  const rounds = startRounds({ config: api.config, logger, ...parts })
  t.teardown(rounds.stop)
  return { ...api, log }
}

const isStop = (act: Act) => act.kind === 'status' && act.status.lastProblem?.reason === 'EvictionsStopped'
const evictionsIn = ({ acts }: Pick<ApiServer, 'acts'>) => acts.flatMap((act) => (act.kind === 'evict' ? act.pod : []))

t.test('a replacement that is missed, too, stops it: policy and log say so', async (t) => {
  const cluster = await lead(t, [missed('orders')], {}, (name) => {
    cluster.remove('pods', name)
    cluster.put(
      'pods',
      missed('replacement', { owner: { kind: 'ReplicaSet', uid: `owner-of-${name}` }, createdMs: nowMs }),
    )
    return 201
  })
  t.match(await cluster.seen(isStop), { status: { lastProblem: { pod: 'replacement' } } })
  t.match(
    cluster.log.filter(({ reason }) => reason === 'EvictionsStopped'),
    [{ policy: 'shops', pod: 'replacement' }],
  )
  t.notOk(evictionsIn(cluster).includes('replacement'))
})

t.test('whoever leads next goes by what the policy says, until a pod was injected', async (t) => {
  const time = iso(nowMs - 20 * minute)
  const lastProblem = { reason: 'EvictionsStopped', message: '', namespace: 'shop', pod: 'gone', time }
  // Nobody knows whether it was selected when it was created. It would be the first to go.
  const unmanaged = missed('unmanaged', { isManaged: false, createdMs: nowMs - 2 * hour + minute })
  const cluster = await lead(t, [missed('orders'), unmanaged, injected(nowMs - 30 * minute)], { lastProblem })
  t.ok(isStop(await cluster.seen(({ kind }) => kind === 'status')), 'the stop stays')
  t.same(evictionsIn(cluster), [])
  cluster.put('pods', injected(nowMs - 5 * minute))
  t.match(await cluster.seen(({ kind }) => kind === 'evict'), { pod: 'orders' })
  t.match(
    cluster.acts.find(({ kind }) => kind === 'status'),
    { status: { missedPods: ['shop/orders', 'shop/unmanaged'] } },
  )
})
