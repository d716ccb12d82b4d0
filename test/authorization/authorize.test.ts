import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { usualGrantStatuses, usualRevokeStatuses } from '../../policy/answer-statuses.ts'
import { listening } from '../listening.ts'
import { createInitContainer, ip, podUid, startTimes, what, when } from './init-container.ts'
import { startReferenceServer } from './reference-server.ts'

// Processes are started by the dozen, and the machine may be busy.
t.setTimeout(120_000)

t.test('granted: the pod goes on, and journal, status and log say so', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  const inode = () => statSync(container.messageFile).ino
  writeFileSync(container.messageFile, 'of an earlier start')
  const before = inode()
  const { code, message, log } = await container.start()
  t.equal(code, 0)
  t.equal(message, `AuthorizationGranted: ${what} is granted.`)
  t.equal(inode(), before, 'written in place: it is a mount')
  t.match(
    readFileSync(join(container.run, 'journal'), 'utf8'),
    /^greenroom-journal 1\n\d{10}\.\d{6} authorized 10\.1\.2\.3\n$/,
  )
  const body = { application: 'orders', namespace: 'shop', pod: 'orders-1', ip, resources: ['mysql:orders'] }
  t.match(server.grants(), { [podUid]: body })
  for (const line of log.trimEnd().split('\n')) t.match(line, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S/)
  t.match(
    log,
    `asking ${server.endpoint} for mysql:orders for orders at ${ip} (1 of 2 attempts left after this call)\n`,
  )
  t.match(log, /answered in \d+ ms: granted\n/)
})

t.test('202 twice, then 200: granted in one start, for no attempt', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'queue', '--times', '2', '--retry-after-seconds', '1'])
  const { code, log, tookMs } = await createInitContainer(t, { endpoint: server.endpoint }).start()
  t.equal(code, 0)
  t.strictSame(await server.calls(), ['PUT queued', 'PUT queued', 'PUT granted'])
  t.equal(log.match(/asking again in 1\.\d s; a place in the queue spends no attempt\n/g)?.length, 2)
  t.ok(tookMs >= 2000, 'the service was given the time that it asked for')
  t.match(log, /\(1 of 2 attempts left after this call\)\n.*answered in \d+ ms: granted\n/)
})

t.test('queued for longer than a start lasts: the next start asks again, for no attempt', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'queue', '--retry-after-seconds', '6'])
  const container = createInitContainer(t, { endpoint: server.endpoint, startTimeoutMs: 5000 })
  const first = await container.start()
  t.equal(first.code, 13)
  t.match(
    first.message,
    `AuthorizationQueued: ${what} is queued by the service (HTTP 202, and this start has no time left`,
  )
  t.match(first.message, when)
  await server.behave({ mode: 'grant' })
  const second = await container.start({ settings: { startTimeoutMs: 30_000 } })
  t.equal(second.code, 0)
  t.match(second.log, '(1 of 2 attempts left after this call)')
})

t.test('hanging: each call is given up at its limit', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'hang'])
  const container = createInitContainer(t, { endpoint: server.endpoint, callTimeoutMs: 1500 })
  const [first, second] = await startTimes(container, 2)
  t.strictSame(await server.calls(), ['PUT hang', 'PUT hang'])
  t.match(first, { code: 11, message: '(no answer within 1500 ms, also when asked again)' })
  t.ok(first && first.tookMs < 15_000)
  t.match(second, { code: 14, message: 'all attempts are spent (no answer within 1500 ms at 20' })
})

t.test('hanging: the start as a whole is given up at its limit', async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'hang'])
  const container = createInitContainer(t, { endpoint: server.endpoint, callTimeoutMs: 600_000, startTimeoutMs: 2000 })
  const { code, tookMs } = await container.start()
  t.equal(code, 11)
  t.ok(tookMs < 10_000)
  t.strictSame(await server.calls(), ['PUT hang'])
})

t.test('where nothing can be written down nothing is asked', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  // The sidecar beside it may be making its journal this very moment.
  rmSync(container.run, { recursive: true, maxRetries: 5 })
  t.match(await container.start(), {
    code: 1,
    message: /^AuthorizationFailed: ENOENT: .*; every restart tries again\.$/,
  })
  t.strictSame(await server.calls(), [])
})

t.test('a pod without an IP, and settings that are none, are said to be so', async (t) => {
  const container = createInitContainer(t, { endpoint: 'http://127.0.0.1:9' })
  const nameless = await container.start({ env: { GREENROOM_POD_IP: '' } })
  t.equal(nameless.code, 2)
  t.match(
    nameless.message,
    /^AuthorizationMisconfigured: GREENROOM_POD_IP is "", expected the pod's status\.podIP, an IP address; .*\.$/,
  )
  const rubbish = await container.start({ env: { GREENROOM_SETTINGS: '{' } })
  t.match(rubbish, { code: 2, message: /^AuthorizationMisconfigured: GREENROOM_SETTINGS is "\{", expected / })
  const settings = JSON.stringify({ version: 1, application: 'orders', authorization: null })
  t.match(await container.start({ env: { GREENROOM_SETTINGS: settings } }), {
    code: 0,
    log: /Z nothing to authorize\n$/,
  })
})

t.test("nothing shows the endpoint's password", async (t) => {
  const server = await startReferenceServer(t, ['--mode', 'fail'])
  const container = createInitContainer(t, { endpoint: server.endpoint.replace('//', '//user:s3cret@') })
  const { log, message } = await container.start()
  t.notMatch(`${log}${message}${readFileSync(join(container.run, 'attempts'), 'utf8')}`, 's3cret')
})

t.test('a pod of both families, and one of IPv6 alone, are passed on with all their addresses', async (t) => {
  const server = await startReferenceServer(t)
  const container = createInitContainer(t, { endpoint: server.endpoint })
  t.equal((await container.start({ env: { GREENROOM_POD_IPS: `${ip},fd00::7` } })).code, 0)
  t.match(server.grants(), { [podUid]: { ip, ips: [ip, 'fd00::7'] } })
  const six = { GREENROOM_POD_IP: 'fd00::7', GREENROOM_POD_IPS: 'fd00::7' }
  t.match(await container.start({ env: six }), { code: 0, message: 'orders at fd00::7 is granted.' })
  t.match(server.grants(), { [podUid]: { ip: 'fd00::7', ips: ['fd00::7'] } })
  t.equal(container.journal().at(-1), 'authorized fd00::7')
})

t.test('another API than ours: asked, queued at it, and granted, as the policy says', async (t) => {
  const seen: string[] = []
  const firewall = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.writeHead(seen.length === 1 ? 409 : 204, { 'retry-after': '1' }).end()
  })
  const url = `http://127.0.0.1:${await listening(t, firewall)}/allow/{uid}?ip={ip}&key=s3cret`
  const answers = { ...usualGrantStatuses, queued: [409], refused: [403] }
  const requests = {
    grant: { method: 'POST', url, answers },
    revoke: { method: 'DELETE', url, answers: usualRevokeStatuses },
  } as const
  const { code, message, log } = await createInitContainer(t, { requests }).start()
  t.equal(code, 0)
  t.equal(message, `AuthorizationGranted: ${what} is granted.`)
  t.strictSame(seen, Array(2).fill(`POST /allow/${podUid}?ip=${ip}&key=s3cret`))
  t.match(log, /asking http:\/\/127\.0\.0\.1:\d+\/allow\/\{uid\} for mysql:orders/)
  t.notMatch(log, 's3cret')
})

t.test('a token is shown as it is at each call, and without one nothing is asked', async (t) => {
  const seen: unknown[] = []
  const service = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(200).end()
  })
  const endpoint = `http://127.0.0.1:${await listening(t, service)}`
  const container = createInitContainer(t, { endpoint, token: true })
  const file = join(container.run, 'token')
  const env = { GREENROOM_TOKEN_FILE: file }
  const none = await container.start({ env })
  t.equal(none.code, 2)
  t.match(none.message, `AuthorizationMisconfigured: ${file} cannot be read, expected a token in one line`)
  for (const token of ['s3cret-1', 's3cret-2']) {
    writeFileSync(file, `${token}\n`)
    const { code, message, log } = await container.start({ env })
    t.equal(code, 0)
    t.notMatch(message + log, 's3cret')
  }
  t.strictSame(seen, ['Bearer s3cret-1', 'Bearer s3cret-2'])
})
