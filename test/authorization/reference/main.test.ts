import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { requestAuthorization, revokeAuthorization } from '../../../authorization/client.ts'
import { bodyLimitBytes } from '../../../authorization/reference/body.ts'
import { ask, body, timeoutMs } from '../orders.ts'
import { type ReferenceServer, runReferenceServer, startReferenceServer } from '../reference-server.ts'

t.setTimeout(120_000)

const main = fileURLToPath(new URL('../../../authorization/reference/main.ts', import.meta.url))

const send = ({ endpoint }: ReferenceServer, method: string, path: string, text?: string) =>
  fetch(`${endpoint}${path}`, { method, ...(text !== undefined && { body: text }) })

t.test('a grant is in the file before its answer, and gone from it after the DELETE', async (t) => {
  const server = await startReferenceServer(t)
  t.strictSame(server.grants(), {})
  t.equal((await send(server, 'PUT', '/v1/authorizations/uid-1', JSON.stringify(body))).status, 201)
  t.match(server.grants(), { 'uid-1': { ...body, grantedAt: /^20.*Z$/ } })
  t.equal((await send(server, 'PUT', '/v1/authorizations/uid-1', JSON.stringify(body))).status, 200)
  await ask(server, 'uid-1', { ip: 'fd00::7', ips: ['fd00::7'] })
  t.match(server.grants(), { 'uid-1': { ip: 'fd00::7' } }, 'the key is the pod, so a new IP replaces the old one')
  t.strictSame(await (await send(server, 'GET', '/v1/authorizations')).json(), server.grants())
  t.equal((await send(server, 'DELETE', '/v1/authorizations/uid-1')).status, 204)
  t.strictSame(server.grants(), {})
  t.equal((await send(server, 'DELETE', '/v1/authorizations/uid-1')).status, 404)
})

t.test('calls that come together all reach the file', async (t) => {
  const server = await startReferenceServer(t)
  const uids = Array.from({ length: 100 }, (_, index) => `uid-${index}`)
  await Promise.all(uids.map((uid) => ask(server, uid)))
  t.strictSame(Object.keys(server.grants() ?? {}).sort(), uids.toSorted())
  await Promise.all(uids.slice(1).map((podUid) => revokeAuthorization({ service: server, podUid, body, timeoutMs })))
  t.strictSame(Object.keys(server.grants() ?? {}), ['uid-0'])
})

t.test('each mode answers as it was told, and the calls are counted and logged', async (t) => {
  const server = await startReferenceServer(t)
  const expected = {
    refuse: { kind: 'refused', status: 403, detail: 'HTTP 403: The server was told to refuse' },
    fail: { kind: 'unavailable', detail: 'HTTP 500: The server was told to fail' },
    throttle: { kind: 'throttled', retryAfterMs: 3000 },
    queue: { kind: 'queued', retryAfterMs: 3000 },
  }
  for (const [mode, answer] of Object.entries(expected)) {
    t.equal((await server.behave({ mode, retryAfterSeconds: 3 })).status, 200)
    t.strictSame(await ask(server, 'uid-1'), answer)
  }
  await server.behave({ mode: 'hang' })
  const logged = server.waitFor('hang')
  const silence = await requestAuthorization({ service: server, podUid: 'uid-1', body, timeoutMs: 200 })
  t.match(silence, { kind: 'unavailable', detail: 'no answer' })
  t.strictSame(server.grants(), {})
  await logged

  const listed: unknown = await (await send(server, 'GET', '/v1/calls')).json()
  const byAnswer = { refused: 1, failed: 1, throttled: 1, queued: 1, hang: 1 }
  t.match(listed, { total: 5, byAnswer, calls: server.lines.slice(1) })
  const { application, ip, resources } = body
  const last = {
    time: /^20.*Z$/,
    method: 'PUT',
    uid: 'uid-1',
    application,
    ip,
    resources,
    status: null,
    answer: 'hang',
  }
  t.match(server.lines.at(-1), last)
})

t.test('times counts each pod by itself, and a behaviour may be for one application or for DELETE', async (t) => {
  const server = await startReferenceServer(t)
  await server.behave({ mode: 'queue', times: 1 })
  t.match([await ask(server, 'a'), await ask(server, 'b')], [{ kind: 'queued' }, { kind: 'queued' }])
  t.match([await ask(server, 'a'), await ask(server, 'b')], [{ kind: 'granted' }, { kind: 'granted' }])
  await server.behave({ mode: 'fail', application: 'billing' })
  t.match(await ask(server, 'a'), { kind: 'granted' })
  t.match(await ask(server, 'c', { application: 'billing' }), { kind: 'unavailable' })
  await server.behave({ mode: 'fail', method: 'DELETE', times: 1 })
  const revoke = () => revokeAuthorization({ service: server, podUid: 'a', body, timeoutMs })
  t.match([await revoke(), await revoke()], [{ kind: 'unavailable' }, { kind: 'revoked' }])
})

t.test('what is not of the contract is refused with what was found and expected', async (t) => {
  const server = await startReferenceServer(t)
  const uid = '/v1/authorizations/uid-1'
  const text = (about: object) => JSON.stringify({ ...body, ...about })
  const rows: readonly [method: string, path: string, body: string | undefined, status: number, detail: string][] = [
    ['PUT', uid, '{', 400, 'the body is "no JSON", expected a JSON object. Send application, '],
    ['PUT', uid, text({ application: 1 }), 400, 'application is 1, expected a name. '],
    ['PUT', uid, text({ namespace: undefined }), 400, 'namespace is missing, expected a name. '],
    ['PUT', uid, text({ pod: '' }), 400, 'pod is "", expected a name. '],
    ['PUT', uid, text({ ip: '10.1.2' }), 400, 'ip is "10.1.2", expected the pod\'s IPv4 or IPv6 address. '],
    ['PUT', uid, text({ resources: 'mysql' }), 400, 'resources is "mysql", expected a list of names '],
    ['PUT', uid, text({ pod: 'x'.repeat(254) }), 400, 'expected a name. '],
    ['PUT', uid, text({ ips: [] }), 400, 'ips is [], expected at most 16 addresses, ip first. '],
    ['PUT', uid, text({ ips: ['fd00::7', body.ip] }), 400, 'ips is ["fd00::7","10.1.2.3"], expected at most 16 '],
    ['PUT', uid, text({ ips: [body.ip, 'fd00'] }), 400, 'ips is ["10.1.2.3","fd00"], expected at most 16 '],
    ['PUT', uid, text({ ips: Array(17).fill(body.ip) }), 400, 'expected at most 16 addresses, ip first. '],
    ['PUT', uid, text({ ips: body.ip }), 400, 'ips is "10.1.2.3", expected at most 16 addresses, '],
    [
      'PUT',
      uid,
      text({ resources: Array(9000).fill('a') }),
      400,
      'the length of resources is 17999, expected at most ',
    ],
    ['PUT', uid, text({ pod: 'x'.repeat(bodyLimitBytes) }), 413, `larger than ${bodyLimitBytes} bytes`],
    ['PUT', uid, 'x'.repeat(10_000_000), 413, `larger than ${bodyLimitBytes} bytes`],
    ['POST', uid, '{}', 405, 'POST is not served here, only PUT, DELETE.'],
    ['PUT', '/v1/authorizations/__proto__', text({}), 404, '/v1/authorizations/__proto__ is not served, only '],
    ['PUT', '/v1/authorizations/{uid}', text({}), 404, 'is not served, only '],
    ['GET', '/', undefined, 404, '/ is not served, only /v1/authorizations/{uid}, /v1/authorizations:batch, /v1/'],
    ['GET', '/v1/resources/', undefined, 404, '/v1/resources/ is not served, only '],
    ['GET', '/v1/resources/mysql/orders', undefined, 404, 'is not served, only '],
    ['PUT', '/v1/resources/mysql', '{}', 405, 'PUT is not served here, only GET.'],
    ['PUT', '/v1/behaviour', '{"mode":"sulk"}', 400, 'mode is "sulk", expected one of '],
  ]
  for (const [method, path, sent, status, detail] of rows) {
    const response = await send(server, method, path, sent)
    t.equal(response.status, status, `${method} ${path} ${sent?.slice(0, 80)}`)
    t.match(await response.json(), { status, detail })
  }
  t.strictSame(server.grants(), {})
  t.match(await ask(server, 'uid-1'), { kind: 'granted' }, 'and it still works')
})

t.test('grants outlive the server; SIGTERM ends it also with a call left hanging', async (t) => {
  const first = await startReferenceServer(t)
  await ask(first, 'uid-1')
  await first.behave({ mode: 'hang' })
  const hanging = first.waitFor('hang')
  const { endpoint } = first
  const call = requestAuthorization({ service: { endpoint }, podUid: 'uid-2', body, timeoutMs: 600_000 })
  await hanging
  t.equal(await first.stop(), 0)
  t.match(await call, { kind: 'unavailable', detail: /^ECONNRESET/ })
  const second = await runReferenceServer(t, { grantsFile: first.grantsFile, flags: [] })
  t.match(await (await send(second, 'GET', '/v1/authorizations')).json(), { 'uid-1': body })
})

t.test('a grant that cannot be written is not given', async (t) => {
  const server = await startReferenceServer(t)
  mkdirSync(`${server.grantsFile}.draft`)
  t.match(await ask(server, 'uid-1'), { kind: 'unavailable', detail: /^HTTP 500: EISDIR/ })
  t.strictSame(await (await send(server, 'GET', '/v1/authorizations')).json(), {})
})

t.test('flags: help, and what is wrong with them', async (t) => {
  const grants = join(t.testdir({ bad: '[]', incomplete: '{"uid-1": {}}' }), 'grants.json')
  const runMain = (...flags: string[]) => spawnSync(process.execPath, [main, ...flags], { encoding: 'utf8' })
  const help = runMain('--help')
  t.match(help, { status: 0, stdout: /--mode MODE +grant, refuse, fail, throttle, queue, hang: / })
  const rows: readonly [flags: readonly string[], status: number, stderr: RegExp][] = [
    [['--port', '70000'], 2, /^--port is "70000", expected a whole number from 0 to 65535\. See --help\.$/m],
    [['--mode', 'sulk'], 2, /mode is "sulk", expected one of grant, /],
    [['--times', 'x'], 2, /times is "x", expected a whole number/],
    [['--tiems', '1'], 2, /--tiems/],
    [['--port', '80.5'], 2, /^--port is "80\.5", expected a whole number/],
    [['--calls-per-second', 'few'], 2, /capacity\.callsPerSecond is "few", expected a number from 0\.01 to /],
    [['--delay-ms', '1h'], 2, /delayMs is "1h", expected a whole number from 0 to /],
    [['--overload', '50'], 2, /overload is "50", expected an object such as /],
    [['--overload', 'throttled=5'], 2, /overload\.withinSeconds is missing, expected a whole number from 1 to /],
    [
      ['--grants', join(grants, '..', 'bad')],
      1,
      /bad is no JSON object of grants by pod UID\. Correct it, or remove it/,
    ],
    [
      ['--grants', join(grants, '..', 'incomplete')],
      1,
      /the grant of uid-1 is incomplete\. Correct it, or remove its entry/,
    ],
    [['--grants', join(grants, 'nowhere', 'g')], 1, /ENOENT/],
    [['--grants', grants, '--host', '192.0.2.1'], 1, /EADDRNOTAVAIL/],
  ]
  for (const [flags, status, stderr] of rows) t.match(runMain(...flags), { status, stderr }, flags.join(' '))
})
