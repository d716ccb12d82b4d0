import { createServer, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { requestAuthorization, revokeAuthorization } from '../../authorization/client.ts'
import { usualGrantStatuses, usualRevokeStatuses } from '../../policy/answer-statuses.ts'
import type { AuthorizationRequests } from '../../policy/settings.ts'
import { listening } from '../listening.ts'

const body = {
  application: 'or"ders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: 'fd00::7',
  ips: ['fd00::7', '10.1.2.3'],
  resources: ['mysql:orders', 'a"b'],
}
const podUid = 'uid/1'
/** Far above what loopback needs, far below what a test may take. */
const timeoutMs = 5000

async function serve(t: Test, listener: RequestListener): Promise<AuthorizationRequests> {
  const url = `http://127.0.0.1:${await listening(t, createServer(listener))}/api/allow/{uid}?ip={ip}&all={ips}`
  return {
    grant: {
      method: 'POST',
      url: `${url}&for={resources}`,
      headers: { 'X-Team': 'platform' },
      body: '{"ips": {ipList}, "for": {resourceList}, "app": "{application}", "pod": "{namespace}/{pod}"}',
      answers: usualGrantStatuses,
    },
    revoke: { method: 'DELETE', url, answers: usualRevokeStatuses },
  }
}

t.test('another API is asked what the policy says, its placeholders filled and escaped', async (t) => {
  const seen: unknown[] = []
  const requests = await serve(t, async (request, response) => {
    const { method, url, headers } = request
    const text = (await request.toArray()).join('')
    seen.push({ method, url, team: headers['x-team'], body: text && JSON.parse(text) })
    response.writeHead(204).end()
  })
  const call = { service: { requests }, podUid, body, timeoutMs }
  t.strictSame(await requestAuthorization(call), { kind: 'granted' })
  t.strictSame(await revokeAuthorization(call), { kind: 'revoked' })
  const url = '/api/allow/uid%2F1?ip=fd00%3A%3A7&all=fd00%3A%3A7%2C10.1.2.3'
  t.strictSame(seen, [
    {
      method: 'POST',
      url: `${url}&for=mysql%3Aorders%2Ca%22b`,
      team: 'platform',
      body: { ips: body.ips, for: body.resources, app: body.application, pod: 'shop/orders-1' },
    },
    { method: 'DELETE', url, team: undefined, body: '' },
  ])
})

t.test("its answers are read by the policy's lists", async (t) => {
  const requests = await serve(t, (_, response) => response.writeHead(409, { 'retry-after': '4' }).end())
  const { grant, revoke } = requests
  const queueing = {
    grant: { ...grant, answers: { ...usualGrantStatuses, queued: [409], refused: [] } },
    revoke: { ...revoke, answers: { revoked: [409], refused: [] } },
  }
  const call = { service: { requests: queueing }, podUid, body, timeoutMs }
  t.strictSame(await requestAuthorization(call), { kind: 'queued', retryAfterMs: 4000, status: 409 })
  t.strictSame(await revokeAuthorization(call), { kind: 'revoked' })
  t.match(await requestAuthorization({ ...call, service: { requests } }), { kind: 'refused', status: 409 })
})

t.test('a redirect of another API is not followed either', async (t) => {
  let calls = 0
  const requests = await serve(t, (_, response) => {
    calls += 1
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  t.match(await requestAuthorization({ service: { requests }, podUid, body, timeoutMs }), { kind: 'refused' })
  t.equal(calls, 1)
})
