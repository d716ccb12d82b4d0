import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createBearerCheck } from '../../../authorization/reference/bearer.ts'
import { createCertificate } from '../../play/certificate.ts'
import { runReferenceServer } from '../reference-server.ts'

t.setTimeout(120_000)

const main = fileURLToPath(new URL('../../../authorization/reference/main.ts', import.meta.url))
const token = 'a-token.of_ours~+/='
const body = { application: 'orders', namespace: 'shop', pod: 'orders-1', ip: '10.1.2.3', resources: ['mysql:orders'] }

t.test('which headers carry the token', async (t) => {
  const isKnown = createBearerCheck(token)
  const rows: readonly [header: string | undefined, known: boolean][] = [
    [`Bearer ${token}`, true],
    [`bearer ${token}`, true],
    [`BEARER  ${token}`, true],
    [undefined, false],
    ['', false],
    ['Bearer', false],
    ['Bearer ', false],
    [token, false],
    [`Basic ${token}`, false],
    [`Bearer ${token}x`, false],
    [`Bearer ${token.slice(1)}`, false],
    [`Bearer ${token.toUpperCase()}`, false],
    [`Bearer Bearer ${token}`, false],
  ]
  for (const [header, known] of rows) t.equal(isKnown(header), known, `${header}`)
})

const withToken = (t: Test) => {
  const folder = t.testdir({ token: `${token}\n` })
  const flags = ['--token-file', `${folder}/token`, '--calls-per-second', '0.01']
  return runReferenceServer(t, { grantsFile: `${folder}/grants.json`, flags, token })
}

t.test('without the token no call has an effect, and each is listed', async (t) => {
  const server = await withToken(t)
  const call = (method: string, path: string, authorization?: string) =>
    fetch(`${server.endpoint}${path}`, {
      method,
      headers: authorization === undefined ? {} : { authorization },
      ...(method !== 'GET' && { body: JSON.stringify(body) }),
    })
  const rows: readonly [method: string, path: string, authorization?: string][] = [
    ['PUT', '/v1/authorizations/uid-1'],
    ['PUT', '/v1/authorizations/uid-1', 'Bearer another'],
    ['DELETE', '/v1/authorizations/uid-1'],
    ['POST', '/v1/authorizations:batch'],
    ['GET', '/v1/authorizations'],
    ['GET', '/v1/resources/mysql%3Aorders'],
    ['GET', '/v1/calls'],
    ['PUT', '/v1/behaviour'],
    ['GET', '/nowhere'],
  ]
  for (const [method, path, authorization] of rows) {
    const response = await call(method, path, authorization)
    t.equal(response.status, 401, `${method} ${path}`)
    t.equal(response.headers.get('www-authenticate'), 'Bearer')
    t.match(await response.json(), { status: 401, detail: /Send it as Authorization: Bearer TOKEN\.$/ })
  }
  t.strictSame(server.grants(), {})
  t.strictSame((await server.summary()).byAnswer, { unauthenticated: rows.length })
  const granted = server.waitFor('granted')
  t.equal((await call('PUT', '/v1/authorizations/uid-1', `Bearer ${token}`)).status, 201, 'and none used up capacity')
  await granted
  t.notMatch(JSON.stringify([server.lines, await server.summary()]), /token\.of_ours|another/, 'no token is logged')
  t.match((await server.summary()).calls[0], { method: 'PUT', uid: 'uid-1', status: 401, answer: 'unauthenticated' })
})

t.test('over TLS it is the same server', async (t) => {
  const { ca, certificate, key } = await createCertificate('127.0.0.1', new Date())
  const folder = t.testdir({ token, 'tls.crt': certificate, 'tls.key': key })
  const tls = ['--tls-cert', `${folder}/tls.crt`, '--tls-key', `${folder}/tls.key`]
  const flags = ['--token-file', `${folder}/token`, ...tls]
  const server = await runReferenceServer(t, { grantsFile: `${folder}/grants.json`, flags, token, ca })
  t.match(server.endpoint, /^https:/)
  t.equal((await server.behave({ mode: 'fail' })).status, 200)
  t.match(await server.summary(), { total: 0 })
  await t.rejects(fetch(`${server.endpoint}/v1/calls`), 'its certificate is checked')
  await t.rejects(fetch(`${server.endpoint.replace('https:', 'http:')}/v1/calls`), 'and plain HTTP is not spoken')
  t.equal(await server.stop(), 0)
})

t.test('what is wrong with the files is said at the start, and no token with it', async (t) => {
  const { certificate, key } = await createCertificate('127.0.0.1', new Date())
  const other = await createCertificate('127.0.0.1', new Date())
  const folder = t.testdir({ empty: ' \n', token, 'tls.crt': certificate, 'tls.key': key, 'other.key': other.key })
  const rows: readonly [flags: readonly string[], status: number, stderr: RegExp][] = [
    [['--token-file', 'empty'], 1, /empty is empty, expected a token\. Write one, or leave --token-file out\./],
    [['--token-file', 'missing'], 1, /ENOENT.*missing/],
    [['--tls-cert', 'tls.crt'], 2, /Only one of --tls-cert and --tls-key is given, expected both or none\./],
    [['--tls-key', 'tls.key'], 2, /Only one of --tls-cert and --tls-key/],
    [['--tls-cert', 'missing', '--tls-key', 'tls.key'], 1, /ENOENT.*missing/],
    [['--tls-cert', 'tls.crt', '--tls-key', 'other.key'], 1, /^--tls-cert and --tls-key: .*mismatch/],
    [['--tls-cert', 'token', '--tls-key', 'tls.key'], 1, /^--tls-cert and --tls-key: .*PEM/],
  ]
  for (const [flags, status, stderr] of rows) {
    const result = spawnSync(process.execPath, [main, '--port', '0', ...flags], { cwd: folder, encoding: 'utf8' })
    t.match(result, { status, stderr }, flags.join(' '))
    t.notMatch(result.stderr, token)
  }
})
