import { request } from 'node:http'
import t from 'tap'
import type { Grant } from '../../../authorization/reference/grant.ts'
import { checkResource } from '../../../authorization/reference/resource-check.ts'
import { type ReferenceServer, runReferenceServer, startReferenceServer } from '../reference-server.ts'

t.setTimeout(120_000)

const grant: Grant = {
  application: 'orders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: '10.1.2.3',
  ips: ['10.1.2.3', 'FD00:0::7'],
  resources: ['mysql:orders', 'redis:a/b ü'],
  grantedAt: '2026-08-01T12:00:00.000Z',
}
const grants = new Map([
  ['uid-1', grant],
  ['uid-2', { ...grant, pod: 'orders-2', ip: '10.1.2.4', ips: ['10.1.2.4'], resources: ['mysql:billing'] }],
])

t.test('whose a resource is, and whose it is not', async (t) => {
  const rows: readonly [resource: string, remoteAddress: string, uid: string | null][] = [
    ['mysql%3Aorders', '10.1.2.3', 'uid-1'],
    ['mysql:orders', '10.1.2.3', 'uid-1'],
    ['mysql%3Aorders', '::ffff:10.1.2.3', 'uid-1'],
    ['mysql%3Aorders', 'fd00:0:0:0:0:0:0:7', 'uid-1'],
    ['redis%3Aa%2Fb%20%C3%BC', '10.1.2.3', 'uid-1'],
    ['mysql%3Abilling', '10.1.2.4', 'uid-2'],
    ['mysql%3Aorders', '10.1.2.4', null],
    ['mysql%3Abilling', '10.1.2.3', null],
    ['mysql%3Aorders', '10.1.2.33', null],
    ['mysql', '10.1.2.3', null],
  ]
  for (const [resource, remoteAddress, uid] of rows) {
    const expected = uid === null ? { status: 403, body: { title: 'Not granted' } } : { status: 200, body: { uid } }
    t.match(checkResource(grants, { resource, ip: null, remoteAddress }), expected, `${resource} ${remoteAddress}`)
  }
})

t.test('the answer says of whom and of what it is', async (t) => {
  const question = { resource: 'mysql%3Aorders', remoteAddress: '::ffff:10.1.2.3' }
  const about = { resource: 'mysql:orders', ip: '10.1.2.3', ipFrom: 'connection' }
  t.strictSame(checkResource(grants, { ...question, ip: null }), {
    status: 200,
    body: { ...about, uid: 'uid-1', application: 'orders', namespace: 'shop', pod: 'orders-1' },
  })
  const detail = 'mysql:orders is not granted to fd00::8.'
  t.strictSame(checkResource(grants, { ...question, ip: 'FD00::0008' }), {
    status: 403,
    body: { title: 'Not granted', status: 403, detail, ...about, ip: 'fd00::8', ipFrom: 'query' },
  })
})

t.test('what cannot be read is no answer about a grant', async (t) => {
  const rows: readonly [resource: string, ip: string | null, detail: string][] = [
    ['%FF', null, '%FF is no name. Percent-encode it as UTF-8.'],
    ['mysql%3', null, 'mysql%3 is no name. Percent-encode it as UTF-8.'],
    ['mysql', 'orders', 'ip is "orders", expected an IPv4 or IPv6 address.'],
    ['mysql', '', 'ip is "", expected an IPv4 or IPv6 address.'],
  ]
  for (const [resource, ip, detail] of rows)
    t.match(checkResource(grants, { resource, ip, remoteAddress: '10.1.2.3' }), { status: 400, body: { detail } })
})

/** Asks from a source address of our own choice: all of 127.0.0.0/8 is ours. */
const askFrom = ({ endpoint }: ReferenceServer, localAddress: string, path: string) =>
  new Promise<[status: number | undefined, body: unknown]>((resolve, reject) => {
    request(`${endpoint}${path}`, { localAddress, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (text) => resolve([response.statusCode, JSON.parse(text)]))
    })
      .on('error', reject)
      .end()
  })

t.test('it is the caller that is looked at, and each of the addresses of a pod counts', async (t) => {
  const server = await startReferenceServer(t)
  const { grantedAt: _, ips: __, ...asked } = grant
  const put = (body: object) =>
    fetch(`${server.endpoint}/v1/authorizations/uid-1`, { method: 'PUT', body: JSON.stringify(body) })
  const ips = ['127.0.0.7', '127.0.0.8', 'fd00::7']
  t.equal((await put({ ...asked, ip: ips[0], ips })).status, 201)
  t.match(server.grants(), { 'uid-1': { ip: '127.0.0.7', ips } })
  const path = '/v1/resources/mysql%3Aorders'
  t.match(await askFrom(server, '127.0.0.7', path), [200, { uid: 'uid-1', ip: '127.0.0.7', ipFrom: 'connection' }])
  t.match(await askFrom(server, '127.0.0.8', path), [200, { uid: 'uid-1', ip: '127.0.0.8' }])
  t.match(await askFrom(server, '127.0.0.9', path), [403, { ip: '127.0.0.9', ipFrom: 'connection' }])
  t.match(await askFrom(server, '127.0.0.9', `${path}?ip=FD00:0:0::7`), [200, { ip: 'fd00::7', ipFrom: 'query' }])
  await put({ ...asked, ip: '127.0.0.9' })
  t.match(server.grants(), { 'uid-1': { ip: '127.0.0.9', ips: ['127.0.0.9'] } }, 'without ips it is the one')
  t.match(await askFrom(server, '127.0.0.7', path), [403])
  await fetch(`${server.endpoint}/v1/authorizations/uid-1`, { method: 'DELETE' })
  t.match(await askFrom(server, '127.0.0.9', path), [403])
  t.match(await server.summary(), { total: 3 }, 'to look is no call')
})

t.test('through a socket for both families IPv4 is IPv4', async (t) => {
  const server = await startReferenceServer(t, ['--host', '::'])
  t.match(await askFrom(server, '127.0.0.7', '/v1/resources/mysql'), [403, { ip: '127.0.0.7' }])
})

t.test('grants of before there were several addresses are read as they were', async (t) => {
  const { ips: _, ...before } = grant
  const grantsFile = `${t.testdir({ 'grants.json': JSON.stringify({ 'uid-1': before }) })}/grants.json`
  const server = await runReferenceServer(t, { grantsFile, flags: [] })
  t.match(await askFrom(server, '127.0.0.1', '/v1/resources/mysql%3Aorders?ip=10.1.2.3'), [200, { uid: 'uid-1' }])
})
