import t from 'tap'
import { until } from '../../sidecar/shell/until.ts'
import type { HttpResponse } from '../../webhook/support/send.ts'
import { tokenOf } from './api-server.ts'
import { startSlowService } from './slow-service.ts'
import { createGateStage, podOf, requestOf } from './stage.ts'

/** As pods do: all of them again, until each has its grant. */
const untilAllGranted = (askAll: () => readonly Promise<HttpResponse>[]) =>
  until('all to be granted', async () => (await Promise.all(askAll())).every(({ status }) => status === 200), 60_000)

const detailOf = (text: string) => JSON.parse(text).detail

t.test('a pod is granted once, however often it asks, and the ledger has it', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pod = podOf('orders-1')
  api.putPod(pod)
  const gate = await start()
  t.equal((await gate.ask('PUT', pod)).status, 200)
  t.equal((await gate.ask('PUT', pod)).status, 200)
  t.strictSame(await service.calls(), ['PUT granted'])
  t.match(service.grants(), { [String(pod.metadata.uid)]: { application: 'orders', ip: pod.status?.podIP } })
  t.match(api.authorizations(), [
    {
      metadata: { name: pod.metadata.uid, namespace: 'greenroom-system' },
      spec: {
        application: 'orders',
        namespace: 'shop',
        pod: 'orders-1',
        ip: pod.status?.podIP,
        resources: ['mysql:orders'],
      },
      status: { state: 'Granted', calls: 1, conditions: [{ type: 'Granted', status: 'True' }] },
    },
  ])
  await until('the event', () => api.events().length === 1)
  t.match(api.events(), [{ reason: 'AuthorizationGranted', involvedObject: { kind: 'Pod', uid: pod.metadata.uid } }])

  t.equal((await gate.ask('DELETE', pod)).status, 204)
  t.strictSame(service.grants(), {})
  t.strictSame(api.authorizations(), [])
  t.equal((await gate.ask('DELETE', pod)).status, 204, 'what is not there is gone')
  t.strictSame(await service.calls(), ['PUT granted', 'DELETE revoked'])
})

t.test('who may not ask is told why, and nothing is called', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const [pod, other, foreign] = [podOf('orders-1'), podOf('orders-2'), podOf('orders-1', { namespace: 'elsewhere' })]
  for (const each of [pod, other, foreign]) api.putPod(each)
  const gate = await start()
  const secret = tokenOf(pod, 'another-audience')
  const cases = [
    ['no token', { token: '' }, 401, /token of the pod is needed/],
    ['a forged one', { token: 'eyJhbGciOiJub25lIn0.e30.' }, 401, /not valid/],
    ['of another audience', { token: secret }, 401, /not valid/],
    ["another pod's", { token: tokenOf(other) }, 403, /not this one's/],
    ['too long for a header', { token: 'x'.repeat(9000) }, 431, /./],
    ['another application', { body: requestOf(pod, { application: 'payments' }) }, 403, /application payments/],
    ['another resource', { body: requestOf(pod, { resources: ['mysql:payments'] }) }, 403, /mysql:payments/],
    ['no JSON', { body: 'orders' }, 400, /no JSON object/],
    ['two resources in one', { body: requestOf(pod, { resources: ['redis:x,mysql:secret'] }) }, 400, /no name/],
    ['no resources', { body: requestOf(pod, { resources: [] }) }, 400, /resources/],
    ['10 MB', { body: `"${'x'.repeat(10_000_000)}"` }, 413, /large/],
  ] as const
  for (const [name, about, status, detail] of cases) {
    // A client that still writes may see the connection closed instead of the answer.
    const answer = await gate.ask('PUT', pod, about).catch(() => undefined)
    if (answer || status !== 413) t.equal(answer?.status, status, name)
    if (answer?.text) t.match(detailOf(answer.text), detail, name)
  }
  t.equal((await gate.ask('PUT', foreign)).status, 403, 'another namespace')
  const onNode = podOf('orders-3')
  api.putPod({ ...onNode, spec: { hostNetwork: true } })
  t.equal((await gate.ask('PUT', onNode)).status, 403, "a pod with its node's address")
  t.strictSame(await service.calls(), [])
  t.strictSame(api.authorizations(), [])
  for (const token of [secret, tokenOf(other), tokenOf(pod)])
    t.notMatch(JSON.stringify(gate.log), token, 'no token in the log')
})

t.test("the address is that of the pod's status, and a pod whose status has none yet comes again", async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pod = podOf('orders-1')
  api.putPod({ ...pod, status: { phase: 'Pending' } })
  const gate = await start()
  const early = await gate.ask('PUT', pod)
  t.match(early, { status: 202, headers: { 'retry-after': '1' } })
  api.putPod(pod)
  t.equal((await gate.ask('PUT', pod, { body: requestOf(pod, { ip: '10.9.9.9' }) })).status, 202, 'another address')
  t.strictSame(await service.calls(), [])
  t.equal((await gate.ask('PUT', pod)).status, 200)
})

t.test('IPv6 alone and both families are passed on as the pod has them', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const gate = await start()
  for (const ips of [['fd00::7'], ['10.1.9.9', 'fd00::8'], ['fd00::9', '10.1.9.10']]) {
    const pod = podOf('orders', { ips })
    api.putPod(pod)
    t.equal((await gate.ask('PUT', pod)).status, 200)
    t.match(service.grants(), { [String(pod.metadata.uid)]: { ip: ips[0], ips } })
    await gate.ask('DELETE', pod)
    api.deletePod(String(pod.metadata.uid))
  }
})

t.test('a pod asks for a call three times in a window, and then no more', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pod = podOf('orders-1')
  api.putPod(pod)
  const gate = await start({ breaker: { failures: 100 } })
  await service.behave({ mode: 'fail' })
  const statuses: number[] = []
  for (let nth = 0; nth < 5; nth += 1) statuses.push((await gate.ask('PUT', pod)).status)
  t.strictSame(statuses, [503, 503, 503, 429, 429])
  t.equal((await service.calls()).length, 3)
})

t.test('a service that queues is asked for as long as it takes, and one that throttles takes no place', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pod = podOf('orders-1')
  api.putPod(pod)
  const gate = await start()
  for (const mode of ['queue', 'throttle'] as const) {
    await service.behave({ mode, times: 4, retryAfterSeconds: 0 })
    await untilAllGranted(() => [gate.ask('PUT', pod)])
    await gate.ask('DELETE', pod)
  }
  const calls = await service.calls()
  t.equal(calls.filter((call) => call === 'PUT queued').length, 4)
  t.equal(calls.filter((call) => call === 'PUT throttled').length, 4)
})

t.test('a refusal after a call that nobody heard the answer of is taken for a grant that may be there', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pod = podOf('orders-1')
  api.putPod(pod)
  const gate = await start({ service: { callTimeout: '300ms' } })
  // It grants, and its answer comes too late.
  await service.behave({ mode: 'grant', delayMs: 1_000 })
  t.equal((await gate.ask('PUT', pod)).status, 503)
  await service.behave({ mode: 'refuse' })
  t.equal((await gate.ask('PUT', pod)).status, 403)
  await until('the grant to go', () => Object.keys(Object(service.grants())).length === 0, 30_000)
  await until('the ledger too', () => api.authorizations().length === 0)
})

t.test('a revocation waits for the grant that is under way, of this replica or another', async (t) => {
  const { api, start } = await createGateStage(t)
  const service = await startSlowService(t, 1_500)
  const replicas = [
    await start({ service: { endpoint: service.endpoint } }, 'gate-1'),
    await start({ service: { endpoint: service.endpoint } }, 'gate-2'),
  ]
  const [asks, asksElsewhere, vanishes] = ['asks', 'asks-elsewhere', 'vanishes'].map((name) => podOf(name))
  const [first, second] = replicas
  if (!asks || !asksElsewhere || !vanishes || !first || !second) throw new Error('not there')
  for (const pod of [asks, asksElsewhere, vanishes]) api.putPod(pod)
  const answers = [asks, asksElsewhere, vanishes].map((pod) => first.ask('PUT', pod))
  await until('all calls', () => service.story.length === 3)
  t.equal((await first.ask('DELETE', asks)).status, 202)
  t.equal((await second.ask('DELETE', asksElsewhere)).status, 202)
  api.deletePod(String(vanishes.metadata.uid))
  await Promise.all(answers)
  await until('all to be taken back', () => service.story.length === 9, 30_000)
  t.strictSame(service.story.slice(0, 6), [...Array(3).fill('PUT begins'), ...Array(3).fill('PUT takes effect')])
  t.equal(service.grants.size, 0)
  await until('the ledger too', () => api.authorizations().length === 0)
})

t.test('who asks for something else while a call is under way is not told that it has it', async (t) => {
  const { api, start } = await createGateStage(t)
  const service = await startSlowService(t, 1_000)
  const gate = await start({ service: { endpoint: service.endpoint } })
  const pod = podOf('orders-1')
  api.putPod(pod)
  const before = gate.ask('PUT', pod)
  await until('the call', () => service.story.length === 1)
  const other = { body: requestOf(pod, { resources: ['redis:sessions'] }) }
  t.equal((await gate.ask('PUT', pod, other)).status, 202)
  await before
  await until('it to be granted', async () => (await gate.ask('PUT', pod, other)).status === 200, 30_000)
  t.strictSame(service.story, ['PUT begins', 'PUT takes effect', 'DELETE', 'PUT begins', 'PUT takes effect'])
  t.match(api.authorizations(), [{ spec: { resources: ['redis:sessions'] } }])
})

t.test('a service that fails is left alone, and asked by one when the pause is over', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pods = Array.from({ length: 20 }, (_, index) => podOf(`orders-${index}`))
  for (const pod of pods) api.putPod(pod)
  const gate = await start({
    breaker: { failures: 5, pause: '500ms' },
    limits: { concurrency: 1, rate: { calls: 1000 } },
  })
  await service.behave({ mode: 'fail' })
  const answers = await Promise.all(pods.map((pod) => gate.ask('PUT', pod)))
  t.ok(answers.every(({ status }) => status === 503))
  t.equal((await service.calls()).length, 5)
  t.match(await gate.metrics(), /greenroom_gate_breaker_state\{state="open"\} 1/)
  const [first] = pods
  const closed = first && (await gate.ask('PUT', first))
  t.match(closed, { status: 503, headers: { 'retry-after': '1' } })
  t.equal((await service.calls()).length, 5, 'without a call')

  await service.behave({ mode: 'grant' })
  await untilAllGranted(() => pods.map((pod) => gate.ask('PUT', pod)))
  t.equal(Object.keys(Object(service.grants())).length, 20)
})

t.test('who is queued hears for how long, and the service is never asked faster than it bears', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pods = Array.from({ length: 15 }, (_, index) => podOf(`orders-${index}`))
  for (const pod of pods) api.putPod(pod)
  const gate = await start({ limits: { rate: { calls: 2, per: '1s' } } })
  const begin = Date.now()
  const first = await Promise.all(pods.map((pod) => gate.ask('PUT', pod)))
  t.ok(
    first.some(({ status }) => status === 200),
    'whose turn comes soon is answered at once',
  )
  const queued = first.filter(({ status }) => status === 202)
  t.ok(queued.length > 5)
  t.ok(queued.every(({ headers }) => Number(headers['retry-after']) >= 1))
  t.ok(
    queued.some(({ headers }) => Number(headers['retry-after']) >= 4),
    'the last waits longest',
  )
  await untilAllGranted(() => pods.map((pod) => gate.ask('PUT', pod)))
  t.ok(Date.now() - begin >= 6_500, '15 calls, 2 a second')
  t.strictSame(await service.calls(), Array(15).fill('PUT granted'))
})

t.test('pods of one application share a call where the service has batches', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pods = Array.from({ length: 12 }, (_, index) => podOf(`orders-${index}`))
  for (const pod of pods) api.putPod(pod)
  const gate = await start({ service: { batch: { window: '3s' } } })
  await untilAllGranted(() => pods.map((pod) => gate.ask('PUT', pod)))
  t.strictSame(await service.calls(), ['POST granted'])
  t.equal(Object.keys(Object(service.grants())).length, 12)
})

t.test('a pod that vanished, ended or moved loses its grant; one that lives does not', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const names = ['lives', 'vanishes', 'succeeds', 'fails', 'moves'] as const
  const pods = Object.fromEntries(names.map((name) => [name, podOf(name)]))
  for (const pod of Object.values(pods)) api.putPod(pod)
  const gate = await start()
  for (const pod of Object.values(pods)) t.equal((await gate.ask('PUT', pod)).status, 200)
  api.deletePod(String(pods.vanishes?.metadata.uid))
  for (const [name, phase] of [
    ['succeeds', 'Succeeded'],
    ['fails', 'Failed'],
  ] as const)
    api.putPod({ ...podOf(name), ...pods[name], status: { ...pods[name]?.status, phase } })
  api.putPod({ ...podOf('moves'), ...pods.moves, status: { podIP: '10.8.8.8', podIPs: [{ ip: '10.8.8.8' }] } })
  await until('four to be gone', () => Object.keys(Object(service.grants())).length === 1)
  t.match(service.grants(), { [String(pods.lives?.metadata.uid)]: { pod: 'lives' } })
  await until('the ledger too', () => api.authorizations().length === 1)
})

t.test('an API server that is away costs nobody a grant, also when the gate starts meanwhile', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pods = [podOf('orders-1'), podOf('orders-2')]
  for (const pod of pods) api.putPod(pod)
  const before = await start()
  for (const pod of pods) await before.ask('PUT', pod)
  for (const status of [500, 404, 403]) {
    api.breakDown(status)
    const [pod] = pods
    t.equal(pod && (await before.ask('PUT', pod)).status, 503, 'who asks is told to come again')
  }
  api.mend()
  api.deletePod(String(pods[0]?.metadata.uid))
  const after = await start({}, 'gate-2')
  await until('the dead one to be gone', () => Object.keys(Object(service.grants())).length === 1)
  t.match(service.grants(), { [String(pods[1]?.metadata.uid)]: {} })
  t.ok(after.gate.isSynced())
})

t.test('an address that came to another pod is cleared before that one gets anything', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const old = podOf('orders-1', { ips: ['10.7.7.7'] })
  api.putPod(old)
  const before = await start()
  t.equal((await before.ask('PUT', old)).status, 200)
  before.gate.stop()
  // While no gate is there: the old pod is gone by force, its address another's.
  api.deletePod(String(old.metadata.uid))
  const reused = podOf('redis-1', { ips: ['10.7.7.7'] })
  api.putPod(reused)
  const after = await start({}, 'gate-2')
  const body = requestOf(reused, { resources: ['redis:sessions'] })
  await until('it to be granted', async () => (await after.ask('PUT', reused, { body })).status === 200)
  t.strictSame(await service.calls(), ['PUT granted', 'DELETE revoked', 'PUT granted'], 'in this order')
  t.match(service.grants(), { [String(reused.metadata.uid)]: { resources: ['redis:sessions'] } })
  t.equal(Object.keys(Object(service.grants())).length, 1)
})

t.test('two replicas make one call for a pod that asks both', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pods = Array.from({ length: 30 }, (_, index) => podOf(`orders-${index}`))
  for (const pod of pods) api.putPod(pod)
  const replicas = [await start({}, 'gate-1'), await start({}, 'gate-2')]
  await untilAllGranted(() => pods.flatMap((pod) => replicas.map((gate) => gate.ask('PUT', pod))))
  t.strictSame(await service.calls(), Array(30).fill('PUT granted'))
})

t.test('a service that is down when a pod goes is told later, by the ledger', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pod = podOf('orders-1')
  api.putPod(pod)
  const gate = await start()
  await gate.ask('PUT', pod)
  await service.behave({ mode: 'fail', method: 'DELETE', times: 1 })
  t.equal((await gate.ask('DELETE', pod)).status, 202, 'noted')
  api.deletePod(String(pod.metadata.uid))
  await until('the grant to go', () => Object.keys(Object(service.grants())).length === 0, 20_000)
  await until('the ledger too', () => api.authorizations().length === 0)
})

t.test('a mass of deaths that nobody asked for is stopped, and said', async (t) => {
  const { api, service, start } = await createGateStage(t)
  const pods = Array.from({ length: 8 }, (_, index) => podOf(`orders-${index}`))
  for (const pod of pods) api.putPod(pod)
  const gate = await start({ revocations: { most: 3, percent: 10 } })
  for (const pod of pods) await gate.ask('PUT', pod)
  for (const { metadata } of pods) api.deletePod(String(metadata.uid))
  await until('three to be gone', () => Object.keys(Object(service.grants())).length === 5)
  await until('the others to be held', async () => /greenroom_gate_revocations_held 5/.test(await gate.metrics()))
  t.equal(Object.keys(Object(service.grants())).length, 5)
  t.match(gate.log.at(-1), { level: 50, msg: /more pods are gone/ })
})
