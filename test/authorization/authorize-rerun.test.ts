import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { usualGrantStatuses, usualRevokeStatuses } from '../../policy/answer-statuses.ts'
import { listening } from '../listening.ts'
import { createInitContainer, ip, podUid, startTimes, what } from './init-container.ts'
import { startReferenceServer } from './reference-server.ts'

// Processes are started by the dozen, and the machine may be busy.
t.setTimeout(120_000)

t.test('a rerun for the IP that was granted spends nothing, and an outage does not stop it', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  await startTimes(container, 4)
  t.match(readFileSync(join(container.run, 'attempts'), 'utf8'), /"owedMs":0,/, 'no attempt is spent')
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
  t.strictSame(await server.calls(), ['PUT granted', 'PUT failed', 'PUT failed'], 'with the attempts that were left')
})

t.test('two new sandboxes soon after each other leave both attempts for a service in trouble', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  for (const address of ['10.1.2.3', '10.1.2.4', '10.1.2.5'])
    t.equal((await container.start({ env: { GREENROOM_POD_IP: address } })).code, 0, address)
  await server.behave({ mode: 'fail' })
  t.match(await container.start({ env: { GREENROOM_POD_IP: '10.1.2.6' } }), {
    code: 11,
    message: /also when asked again/,
  })
})

/** An API that knows grants by address, and the calls that it got. */
async function startFirewall(t: Test, statusOf: (method: string) => number) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request
    calls.push(`${method} ${url}`)
    const status = statusOf(method)
    if (status > 0) response.writeHead(status).end()
  })
  const url = `http://127.0.0.1:${await listening(t, server)}/{ip}?all={ips}`
  const requests = {
    grant: { method: 'PUT', url, answers: usualGrantStatuses },
    revoke: { method: 'DELETE', url, answers: usualRevokeStatuses },
  } as const
  return { calls, requests }
}

const moved = { env: { GREENROOM_POD_IP: '10.1.2.4', GREENROOM_POD_IPS: '10.1.2.4,fd00::4' } }

t.test('in a new sandbox another API takes the old address back first', async (t) => {
  const firewall = await startFirewall(t, () => 200)
  const container = createInitContainer(t, { requests: firewall.requests })
  await container.start()
  const { code, log } = await container.start(moved)
  t.equal(code, 0)
  const forNew = 'PUT /10.1.2.4?all=10.1.2.4%2Cfd00%3A%3A4'
  t.strictSame(firewall.calls, ['PUT /10.1.2.3?all=10.1.2.3', 'DELETE /10.1.2.3?all=10.1.2.3', forNew])
  t.match(log, /what was granted to 10\.1\.2\.3 before: revoked\n/)
  t.strictSame(container.journal(), ['authorized 10.1.2.3', 'authorized 10.1.2.4'])
  await container.start(moved)
  t.strictSame(firewall.calls.slice(3), [forNew], 'once')
})

t.test('an old address that cannot be taken back stops nothing', async (t) => {
  for (const [status, why] of [
    [500, 'unavailable, HTTP 500'],
    [403, 'refused, HTTP 403'],
    [0, 'unavailable, no answer within 1500 ms'],
  ] as const) {
    const firewall = await startFirewall(t, (method) => (method === 'DELETE' ? status : 200))
    const container = createInitContainer(t, { requests: firewall.requests })
    await container.start()
    const { code, log } = await container.start(moved)
    t.equal(code, 0, why)
    t.match(log, `what was granted to 10.1.2.3 before: ${why}\n`)
    t.equal(container.journal().at(-1), 'authorized 10.1.2.4')
  }
})

t.test('without a call for the new address the old one is left alone', async (t) => {
  let down = false
  const firewall = await startFirewall(t, () => (down ? 503 : 200))
  const container = createInitContainer(t, { requests: firewall.requests })
  await container.start()
  down = true
  t.match(await container.start(moved), { code: 11 })
  const asked = firewall.calls.length
  t.strictSame(
    firewall.calls.map((call) => call.split(' ')[0]),
    ['PUT', 'DELETE', 'PUT', 'PUT'],
  )
  t.match(await container.start(moved), { code: 14 })
  t.equal(firewall.calls.length, asked, 'attempts are spent')
})

t.test('our own contract replaces the grant of the old address with one call', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  await container.start()
  await container.start(moved)
  t.strictSame(await server.calls(), ['PUT granted', 'PUT granted'])
  t.match(server.grants(), { [podUid]: { ip: '10.1.2.4', ips: ['10.1.2.4', 'fd00::4'] } })
})
