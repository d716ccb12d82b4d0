import { once } from 'node:events'
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { listening } from '../listening.ts'
import { createInitContainer, waitForLog, what } from './init-container.ts'
import { startReferenceServer } from './reference-server.ts'

// Processes are started by the dozen, and the machine may be busy.
t.setTimeout(120_000)

/** Grants every PUT and never answers it: the worst moment to be told to stop. */
async function startSilentServer(t: Test, { answersDelete }: { answersDelete: boolean }) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    request.resume()
    calls.push(request.method ?? '')
    server.emit('call')
    if (request.method === 'DELETE' && answersDelete) response.writeHead(204).end()
  })
  return { endpoint: `http://127.0.0.1:${await listening(t, server)}`, calls, called: () => once(server, 'call') }
}

t.test('SIGTERM in a call: what it may have granted is taken back', async (t) => {
  const server = await startSilentServer(t, { answersDelete: true })
  const container = createInitContainer(t, { endpoint: server.endpoint })
  const called = server.called()
  const { started, ended } = container.begin()
  await called
  started.kill('SIGTERM')
  const { code, message, log, tookMs } = await ended
  t.equal(code, 143)
  t.strictSame(server.calls, ['PUT', 'DELETE'])
  t.equal(message, `AuthorizationInterrupted: told to stop before ${what} was answered.`)
  t.match(log, 'what the call may have granted: revoked\n')
  t.ok(tookMs < 10_000)
  t.strictSame(container.journal(), [])
})

t.test('SIGTERM in a call to a service that answers nothing: one quick try, and gone', async (t) => {
  const server = await startSilentServer(t, { answersDelete: false })
  const container = createInitContainer(t, {
    endpoint: server.endpoint,
    callTimeoutMs: 600_000,
    startTimeoutMs: 600_000,
  })
  const called = server.called()
  const { started, ended } = container.begin()
  await called
  started.kill('SIGTERM')
  started.kill('SIGTERM')
  const { code, log, tookMs } = await ended
  t.equal(code, 143)
  t.strictSame(server.calls, ['PUT', 'DELETE'])
  t.match(log, 'what the call may have granted: unavailable, no answer within 1500 ms\n')
  t.ok(tookMs < 10_000)
})

t.test('SIGTERM in the queue: the place in it is given up', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'queue', '--retry-after-seconds', '300'])
  const container = createInitContainer(t, { endpoint: server.endpoint, startTimeoutMs: 600_000 })
  const { started, ended } = container.begin()
  await waitForLog(started, 'asking again in ')
  started.kill('SIGTERM')
  t.equal((await ended).code, 143)
  t.strictSame(await server.calls(), ['PUT queued', 'DELETE unknown'])
})

t.test('SIGTERM before any call: nothing to take back', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'throttle', '--retry-after-seconds', '300'])
  const container = createInitContainer(t, { endpoint: server.endpoint, startTimeoutMs: 600_000 })
  await container.start()
  const { started, ended } = container.begin()
  await waitForLog(started, 'waiting ')
  started.kill('SIGTERM')
  t.match(await ended, { code: 143, log: /waiting/ })
  t.strictSame(await server.calls(), ['PUT throttled'])
})

t.test('SIGTERM while a recorded grant is confirmed: it no longer stands', async (t) => {
  const silent = await startSilentServer(t, { answersDelete: true })
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  await container.start()
  const called = silent.called()
  const { started, ended } = container.begin({ settings: { endpoint: silent.endpoint } })
  await called
  started.kill('SIGTERM')
  t.equal((await ended).code, 143)
  await server.behave({ mode: 'fail' })
  t.equal((await container.start()).code, 11, 'an outage now keeps the pod waiting')
})
