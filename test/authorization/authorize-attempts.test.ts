import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createInitContainer, letPass, startTimes, untilNext, what, when } from './init-container.ts'
import { startReferenceServer } from './reference-server.ts'

// Processes are started by the dozen, and the machine may be busy.
t.setTimeout(120_000)

t.test('500 through ten restarts: two calls in all, both in the first', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'fail'])
  const container = createInitContainer(t, { endpoint: server.endpoint })
  const [first, ...others] = await startTimes(container, 10)
  t.strictSame(await server.calls(), ['PUT failed', 'PUT failed'])
  const why = 'HTTP 500: The server was told to fail'
  t.equal(first?.code, 11)
  t.match(first?.message, `AuthorizationUnavailable: ${what} is not granted (${why}, also when asked again); `)
  t.match(first?.message, when)
  for (const { code, message, tookMs } of others) {
    t.equal(code, 14)
    t.match(message, `AuthorizationAttemptsSpent: ${what} was not asked for, all attempts are spent (${why} at 20`)
    t.ok(untilNext(message) > 500_000 && untilNext(message) <= 601_000, message)
    t.ok(tookMs < 10_000, 'fails fast')
  }
  t.strictSame(container.journal(), [])
})

t.test('429 through ten restarts: one call in a start, two in all', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'throttle', '--retry-after-seconds', '5'])
  const starts = await startTimes(createInitContainer(t, { endpoint: server.endpoint }), 10)
  t.strictSame(await server.calls(), ['PUT throttled', 'PUT throttled'])
  t.strictSame(
    starts.map(({ code }) => code),
    [12, 12, ...Array(8).fill(14)],
  )
  t.match(starts[0]?.message, `AuthorizationThrottled: ${what} is not granted, the service throttles (HTTP 429); `)
  t.match(starts[0]?.message, when)
  t.match(starts[1]?.log, /waiting \d\.\d s before asking, because the service asked for a pause\n/)
})

t.test('429 with a pause longer than a start: no call before it is over', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'throttle', '--retry-after-seconds', '120'])
  const starts = await startTimes(createInitContainer(t, { endpoint: server.endpoint }), 3)
  t.strictSame(await server.calls(), ['PUT throttled'])
  for (const { code, message } of starts) {
    t.equal(code, 12)
    t.ok(untilNext(message) > 60_000 && untilNext(message) <= 121_000, message)
  }
})

t.test('4xx: refused for good, over all restarts, but not for another IP', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'refuse'])
  const container = createInitContainer(t, { endpoint: server.endpoint, whenUnavailable: 'proceed' })
  for (const { code, message } of await startTimes(container, 4)) {
    t.equal(code, 10)
    t.match(message, `AuthorizationRefused: ${what} is refused (HTTP 403: The server was told to refuse`)
    t.match(message, 'this pod asks no more: correct its rights or annotations and recreate it.')
  }
  t.strictSame(await server.calls(), ['PUT refused'])
  await server.behave({ mode: 'grant' })
  t.equal((await container.start({ env: { GREENROOM_POD_IP: '10.1.2.4' } })).code, 0)
  t.strictSame(container.journal(), ['authorized 10.1.2.4'])
})

t.test('an attempt is spent before its call: killed in two calls, a pod makes no third', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'hang'])
  const container = createInitContainer(t, { endpoint: server.endpoint })
  for (let nth = 0; nth < 2; nth += 1) {
    const asked = server.waitFor('hang')
    const { started, ended } = container.begin()
    await asked
    started.kill('SIGKILL')
    await ended
  }
  t.match(await container.start(), { code: 14, message: 'all attempts are spent (the call was not answered at 20' })
  t.strictSame(await server.calls(), ['PUT hang', 'PUT hang'])
})

t.test('an attempt comes back after a refill', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'fail'])
  const container = createInitContainer(t, { endpoint: server.endpoint })
  const [, second] = await startTimes(container, 2)
  await server.behave({ mode: 'grant' })
  letPass(container, untilNext(second?.message ?? '') - 30_000)
  t.equal((await container.start()).code, 14)
  letPass(container, 30_000)
  t.equal((await container.start()).code, 0, 'the time that the message named is not too early')
})

t.test(
  'whenUnavailable proceed: the pod goes on with a warning, unauthorized, and later starts do not call',
  async (t) => {
    const server = await startReferenceServer(t, ['--mode', 'fail'])
    const container = createInitContainer(t, { endpoint: server.endpoint, whenUnavailable: 'proceed' })
    for (const { code, message, log } of await startTimes(container, 3)) {
      t.equal(code, 0)
      t.match(message, `AuthorizationSkipped: ${what} is not granted (HTTP 500: The server was told to fail`)
      t.match(log, 'Z warning: AuthorizationSkipped: ')
    }
    t.strictSame(await server.calls(), ['PUT failed', 'PUT failed'])
    t.strictSame(container.journal(), [], 'the journal claims no grant')
  },
)

t.test('an unreadable file of attempts counts as spent', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  writeFileSync(join(container.run, 'attempts'), '{"version":1')
  const { code, message } = await container.start()
  t.equal(code, 14)
  t.match(message, 'all attempts are spent (the file that counts them was unreadable, which counts as spent); ')
  t.match(message, when)
  t.strictSame(await server.calls(), [])
})
