import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { requestAuthorization, revokeAuthorization } from '../../../authorization/client.ts'
import { ask, body, timeoutMs } from '../orders.ts'
import { startReferenceServer } from '../reference-server.ts'

t.setTimeout(120_000)

const uids = (count: number) => Array.from({ length: count }, (_, index) => `uid-${index}`)

t.test('of a storm it takes what it can, and tells the others when to come back', async (t) => {
  const server = await startReferenceServer(t)
  await server.behave({ mode: 'grant', capacity: { callsPerSecond: 5 } })
  const answers = await Promise.all(uids(60).map((uid) => ask(server, uid)))
  const throttled = answers.filter(({ kind }) => kind === 'throttled')
  t.ok(throttled.length > 0)
  t.strictSame(throttled[0], { kind: 'throttled', retryAfterMs: 1000 })
  const { total, byAnswer, byMethod, perSecond } = await server.summary()
  t.strictSame([total, byMethod], [60, { PUT: byAnswer }])
  t.equal(byAnswer.throttled, throttled.length)
  t.ok((perSecond.byAnswer.granted ?? 0) <= 10, 'five in the bucket, and five in any second')
  t.ok(perSecond.peak >= (perSecond.byAnswer.throttled ?? 0))
  t.equal(Object.keys(server.grants() ?? {}).length, byAnswer.granted)
})

t.test('a DELETE is a call like others', async (t) => {
  const server = await startReferenceServer(t, ['--calls-per-second', '0.01'])
  t.match(await ask(server, 'uid-1'), { kind: 'granted' })
  const { endpoint } = server
  const revocation = await revokeAuthorization({ service: { endpoint }, podUid: 'uid-1', body, timeoutMs })
  t.match(revocation, { kind: 'unavailable', detail: /^HTTP 429: More than 0\.01 calls a second came/ })
  t.match(server.grants(), { 'uid-1': body })
  t.strictSame((await server.summary()).byMethod, { PUT: { granted: 1 }, DELETE: { throttled: 1 } })
})

t.test('what throttles too often within the time is down, for everybody', async (t) => {
  const overload = 'throttled=3,withinSeconds=600,downForSeconds=600'
  const server = await startReferenceServer(t, ['--calls-per-second', '0.01', '--overload', overload])
  for (const uid of uids(7)) await ask(server, uid)
  const expected = ['granted', ...Array(3).fill('throttled'), ...Array(3).fill('down')]
  t.strictSame(
    await server.calls(),
    expected.map((answer) => `PUT ${answer}`),
  )
  t.match(await ask(server, 'uid-9'), { kind: 'unavailable', detail: /^HTTP 503: It was asked too much, and is down/ })
  await server.behave({ mode: 'grant' })
  t.match(await ask(server, 'uid-9'), { kind: 'granted' }, 'told anew, it is as new')
})

t.test('it comes back by itself; what it was told to throttle counts too', async (t) => {
  const server = await startReferenceServer(t)
  const overload = { throttled: 1, withinSeconds: 1, downForSeconds: 1 }
  await server.behave({ mode: 'throttle', times: 1, overload })
  t.match(await ask(server, 'uid-1'), { kind: 'throttled' })
  let answer = await ask(server, 'uid-1')
  t.match(answer, { kind: 'unavailable', detail: /^HTTP 503/ })
  while (answer.kind !== 'granted') {
    await wait(50)
    answer = await ask(server, 'uid-1')
  }
  t.match(server.grants(), { 'uid-1': body })
})

t.test('a slow answer holds up neither other calls nor the end of the server', async (t) => {
  const server = await startReferenceServer(t, ['--delay-ms', '600000'])
  const leave = new AbortController()
  const { endpoint } = server
  const logged = server.waitFor('granted')
  const left = requestAuthorization({
    service: { endpoint },
    podUid: 'uid-1',
    body,
    timeoutMs: 600_000,
    signal: leave.signal,
  })
  await logged
  t.match(server.grants(), { 'uid-1': body }, 'the grant is there before its answer')
  leave.abort()
  t.match(await left, { kind: 'unavailable' })

  const again = server.waitFor('granted')
  const waiting = requestAuthorization({ service: { endpoint }, podUid: 'uid-2', body, timeoutMs: 600_000 })
  await again
  t.match(await server.summary(), { total: 2, byAnswer: { granted: 2 } })
  t.equal(await server.stop(), 0)
  t.match(await waiting, { kind: 'unavailable', detail: /^ECONNRESET/ })
})

t.test('a slow answer comes when it was told, also one that says no', async (t) => {
  const server = await startReferenceServer(t)
  const delayMs = 300
  for (const mode of ['grant', 'fail', 'throttle']) {
    await server.behave({ mode, delayMs })
    const startMs = performance.now()
    await Promise.all([ask(server, 'uid-1'), ask(server, 'uid-2')])
    // A timer may fire a millisecond early.
    t.ok(performance.now() - startMs >= delayMs - 1, mode)
  }
})
