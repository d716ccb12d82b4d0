import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import type { Announcer, RequestTemplate } from '../../policy/settings.ts'
import { tellAnnouncer } from '../../sidecar/announce.ts'
import { listening } from '../listening.ts'

const values = {
  application: 'or"ders',
  namespace: 'shop',
  pod: 'a/b',
  ip: 'fd00::7',
  nodeIP: '127.0.0.1',
  port: '8080',
}

const serve = (t: Test, listener: RequestListener) => listening(t, createServer(listener))

const announcer = (request: RequestTemplate, timeoutMs = 5000): Announcer => ({
  name: 'gateway',
  timeoutMs,
  online: request,
  offline: { method: 'DELETE', url: request.url },
})

function tell(
  announcer: Announcer,
  { what = 'online' as 'online' | 'offline', signal = new AbortController().signal } = {},
) {
  const lines: string[] = []
  const outcome = tellAnnouncer({ announcer, what, values, signal, log: (line) => lines.push(line) })
  return { outcome, lines }
}

const textOf = async (request: IncomingMessage) => (await request.toArray()).join('')

t.test('a request is what the policy wrote, its placeholders filled and escaped', async (t) => {
  const seen: unknown[] = []
  const port = await serve(t, async (request, response) => {
    const { method, url, headers } = request
    const { 'content-type': type, 'x-from': from, accept } = headers
    seen.push({ method, url, type, from, accept, body: await textOf(request) })
    response.end()
  })
  const request = {
    method: 'POST',
    url: `http://{nodeIP}:${port}/{namespace}/{pod}?ip={ip}&secret=1`,
    headers: { 'X-From': 'greenroom', Accept: 'text/plain' },
    body: '{"app": "{application}", "port": {port}}',
  } as const
  const { outcome, lines } = tell(announcer(request))
  t.strictSame(await outcome, { ok: true, detail: `POST http://127.0.0.1:${port}/shop/a%2Fb: HTTP 200` })
  const type = 'application/json'
  const body = '{"app": "or\\"ders", "port": 8080}'
  const url = '/shop/a%2Fb?ip=fd00%3A%3A7&secret=1'
  t.strictSame(seen, [{ method: 'POST', url, type, from: 'greenroom', accept: 'text/plain', body }])
  t.strictSame(lines, [])

  t.ok((await tell(announcer(request), { what: 'offline' }).outcome).ok)
  t.match(seen[1], { method: 'DELETE', body: '' })
})

t.test('a failure is tried once more, and what is said of it has neither query nor answer', async (t) => {
  let calls = 0
  const port = await serve(t, (_, response) =>
    response.writeHead(calls++ === 0 ? 503 : 204).end(calls === 1 ? 'secret' : ''),
  )
  const { outcome, lines } = tell(announcer({ method: 'PUT', url: `http://127.0.0.1:${port}/x?token=secret` }))
  t.match(await outcome, { ok: true, detail: /HTTP 204$/ })
  t.strictSame(lines, [`announcer gateway: online: PUT http://127.0.0.1:${port}/x: HTTP 503, asking once more`])
  t.equal(calls, 2)
})

t.test('only 200 to 299 is a yes, and twice is enough', async (t) => {
  for (const status of [300, 302, 404, 500]) {
    let calls = 0
    const port = await serve(t, (_, response) => {
      calls++
      response.writeHead(status, { location: '/' }).end()
    })
    const { outcome } = tell(announcer({ method: 'PUT', url: `http://127.0.0.1:${port}/` }))
    t.strictSame(await outcome, { ok: false, detail: `PUT http://127.0.0.1:${port}/: HTTP ${status}` })
    t.equal(calls, 2)
  }
})

t.test('a registry that is silent, endless or not there is bounded', async (t) => {
  const silent = await serve(t, () => {})
  const began = performance.now()
  t.match(await tell(announcer({ method: 'PUT', url: `http://127.0.0.1:${silent}/` }, 200)).outcome, {
    ok: false,
    detail: /: no answer within 200 ms$/,
  })
  const tookMs = performance.now() - began
  t.ok(tookMs >= 899 && tookMs < 5000, `twice 200 ms, and the pause: ${tookMs} ms`)

  const endless = await serve(t, (_, response) => {
    const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more)
    response.on('drain', more).on('error', () => {})
    more()
  })
  t.ok(
    (await tell(announcer({ method: 'PUT', url: `http://127.0.0.1:${endless}/` })).outcome).ok,
    'its status is enough',
  )
  t.match(await tell(announcer({ method: 'PUT', url: 'http://127.0.0.1:1/' })).outcome, {
    ok: false,
    detail: /ECONNREFUSED/,
  })
})

t.test('a node that is not known is no host', async (t) => {
  const request = { method: 'PUT', url: 'http://{nodeIP}:8500/' } as const
  const nowhere = { ...values, nodeIP: '' }
  const { signal } = new AbortController()
  const telling = tellAnnouncer({
    announcer: announcer(request),
    what: 'online',
    values: nowhere,
    signal,
    log: () => {},
  })
  t.strictSame(await telling, { ok: false, detail: 'its URL has no host' })
})

t.test('a call is given up at once when the pod goes the other way', async (t) => {
  const controller = new AbortController()
  const port = await serve(t, () => controller.abort())
  const { outcome } = tell(announcer({ method: 'PUT', url: `http://127.0.0.1:${port}/` }), {
    signal: controller.signal,
  })
  await t.rejects(outcome, { name: 'AbortError' })
})
