import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createInitContainer, ip, startTimes, what } from './init-container.ts'
import { startReferenceServer } from './reference-server.ts'

// Processes are started by the dozen, and the machine may be busy.
t.setTimeout(120_000)

t.test('a rerun for the IP that was granted spends nothing, and an outage does not stop it', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  await startTimes(container, 4)
  t.match(
    readFileSync(join(container.run, 'attempts'), 'utf8'),
    /"owedMs":[1-6]\d{0,5},/,
    'one attempt is spent, not four',
  )
  for (const [mode, answer] of [
    ['fail', 'HTTP 500: The server was told to fail'],
    ['throttle', 'HTTP 429'],
  ]) {
    await server.behave({ mode, retryAfterSeconds: 0 })
    const { code, message, log } = await container.start()
    t.equal(code, 0)
    t.equal(
      message,
      `AuthorizationStands: ${what} was granted before and that stands, though not confirmed now (${answer}).`,
    )
    t.match(log, 'Z warning: AuthorizationStands: ')
  }
  t.strictSame(container.journal(), Array(6).fill(`authorized ${ip}`), 'each start is a new life')
  await server.behave({ mode: 'refuse' })
  t.equal((await container.start()).code, 10, 'a refusal is an answer')
})

t.test('a grant that the sidecar may have taken back has to be asked for again', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  await container.start()
  appendFileSync(join(container.run, 'journal'), '1.000000 deleting\n2.000000 terminating alive\n')
  await server.behave({ mode: 'fail' })
  t.match(await container.start(), { code: 11 })
  t.match(await container.start(), { code: 14 })
  t.strictSame(await server.calls(), ['PUT granted', 'PUT failed'], 'with the one attempt that was left')
})
