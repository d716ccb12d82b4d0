import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import t, { type Test } from 'tap'
import { requestAuthorization, revokeAuthorization } from '../../authorization/client.ts'
import { answerLimitBytes } from '../../authorization/exchange.ts'
import { listening } from '../listening.ts'

const body = {
  application: 'orders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: '10.1.2.3',
  ips: ['10.1.2.3', 'fd00::7'],
  resources: ['mysql:orders'],
}
const podUid = 'uid-1'
/** Far above what loopback needs, far below what a test may take. */
const timeoutMs = 5000

async function listen(t: Test, server: Server | TcpServer, scheme = 'http'): Promise<string> {
  return `${scheme}://127.0.0.1:${await listening(t, server)}`
}

const serve = (t: Test, listener: RequestListener) => listen(t, createServer(listener))

t.test('a PUT carries the key in its path and the rest in its body', async (t) => {
  let seen: unknown
  const endpoint = await serve(t, async (request, response) => {
    const text = (await request.toArray()).join('')
    const { method, url, headers } = request
    seen = { method, url, type: headers['content-type'], length: headers['content-length'], body: JSON.parse(text) }
    response.writeHead(201).end('{}')
  })
  const answer = await requestAuthorization({
    service: { endpoint: `${endpoint}/base` },
    podUid: 'a/b ü',
    body,
    timeoutMs,
  })
  t.strictSame(answer, { kind: 'granted' })
  const length = String(Buffer.byteLength(JSON.stringify(body)))
  const url = '/base/v1/authorizations/a%2Fb%20%C3%BC'
  t.strictSame(seen, { method: 'PUT', url, type: 'application/json', length, body })
})

t.test('a DELETE has no body, and gone is gone', async (t) => {
  for (const status of [204, 404]) {
    const endpoint = await serve(t, (request, response) => {
      t.equal(`${request.method} ${request.url}`, 'DELETE /v1/authorizations/uid-1')
      response.writeHead(status).end()
    })
    t.strictSame(await revokeAuthorization({ service: { endpoint }, podUid, body, timeoutMs }), { kind: 'revoked' })
  }
})

t.test('Retry-After comes with a queue and with throttling', async (t) => {
  let status = 202
  const endpoint = await serve(t, (_, response) => response.writeHead(status, { 'retry-after': '4' }).end())
  t.strictSame(await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs }), {
    kind: 'queued',
    retryAfterMs: 4000,
  })
  status = 429
  const throttled = { kind: 'throttled', retryAfterMs: 4000 }
  t.strictSame(await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs }), throttled)
})

t.test('a redirect is refused and nobody goes there', async (t) => {
  let strayed = 0
  const elsewhere = await serve(t, (_, response) => {
    strayed += 1
    response.writeHead(200).end()
  })
  const endpoint = await serve(t, (_, response) =>
    response.writeHead(307, { location: `${elsewhere}/x?token=s3cret` }).end(),
  )
  const answer = await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs })
  t.match(answer, { kind: 'refused', status: 307, detail: `redirects to ${elsewhere}/x;` })
  t.notMatch(JSON.stringify(answer), 's3cret')
  t.equal(strayed, 0)
})

t.test('whatever does not answer whole and in time is unavailable', async (t) => {
  const silent = /^no answer within 200 ms$/
  const cases: Readonly<Record<string, readonly [RequestListener, RegExp]>> = {
    'no answer': [() => {}, silent],
    'headers and then nothing': [(_, response) => void response.writeHead(200).write('{'), silent],
    'a drop a moment, for ever': [
      (_, response) => {
        const drip = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(drip))
      },
      silent,
    ],
    'a reset before the answer': [(request) => request.socket.resetAndDestroy(), /^ECONNRESET/],
    'an end before the answer': [(request) => void request.socket.end(), /^ECONNRESET/],
    'an end in the middle of the body': [
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => request.socket.end())
      },
      /closed before the answer was complete/,
    ],
    'a switch of protocols': [
      (request) =>
        void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      /closed before the answer was complete/,
    ],
    'not HTTP': [(request) => void request.socket.end('SSH-2.0-OpenSSH_9.6\r\n'), /^HPE_/],
  }
  for (const [name, [listener, detail]] of Object.entries(cases)) {
    const call = {
      service: { endpoint: await serve(t, listener) },
      podUid,
      body,
      timeoutMs: detail === silent ? 200 : timeoutMs,
    }
    const started = Date.now()
    t.match(await requestAuthorization(call), { kind: 'unavailable', detail }, name)
    t.ok(Date.now() - started < 4000, `${name}: given up in time`)
    t.match(await revokeAuthorization(call), { kind: 'unavailable', detail }, name)
  }
})

t.test('a body without an end is read no further than the limit', async (t) => {
  let sent = 0
  const endpoint = await serve(t, (_, response) => {
    const more = () => {
      while (!response.destroyed) {
        sent += answerLimitBytes
        if (!response.write('x'.repeat(answerLimitBytes))) break
      }
    }
    response.on('drain', more)
    more()
  })
  const answer = await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs })
  t.match(answer, { kind: 'unavailable', detail: 'HTTP 200 with a body too large' })
  t.ok(sent < 32 * 1024 * 1024, `the connection was closed early (${sent} bytes were written, most of them to buffers)`)
})

t.test('nobody there, no such name, no TLS: unavailable, with the cause', async (t) => {
  const tcp = createTcpServer()
  const endpoint = await listen(t, tcp)
  tcp.close()
  await once(tcp, 'close')
  const refused = await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs })
  t.match(refused, { kind: 'unavailable', detail: /^ECONNREFUSED/ })
  const nameless = await requestAuthorization({
    service: { endpoint: 'http://no-such-host.invalid' },
    podUid,
    body,
    timeoutMs,
  })
  t.match(nameless, { kind: 'unavailable', detail: /^(ENOTFOUND|EAI_AGAIN)/ })
  const https = await listen(
    t,
    createHttpsServer(() => {}),
    'https',
  )
  t.match(await requestAuthorization({ service: { endpoint: https }, podUid, body, timeoutMs }), {
    kind: 'unavailable',
    detail: /SSL/,
  })
})

t.test('an endpoint that is no web address is said to be so, without its text', async (t) => {
  for (const endpoint of ['', 'auth.example:80', 'ftp://user:s3cret@auth', 'http://user:s3cret@ /'])
    for (const result of [
      await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs }),
      await revokeAuthorization({ service: { endpoint }, podUid, body, timeoutMs }),
    ]) {
      t.match(result, { kind: 'unavailable', detail: 'no http or https URL' }, endpoint)
      t.notMatch(JSON.stringify(result), 's3cret')
    }
})

t.test('a call is given up at once when it is told to stop, also before it began', async (t) => {
  const stop = new AbortController()
  const endpoint = await serve(t, () => stop.abort())
  const answer = { kind: 'unavailable', detail: /told to stop/ }
  t.match(
    await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs: 60_000, signal: stop.signal }),
    answer,
  )
  t.match(
    await requestAuthorization({ service: { endpoint }, podUid, body, timeoutMs: 60_000, signal: stop.signal }),
    answer,
  )
})

t.test('a token is sent, and never comes back in an answer', async (t) => {
  const seen: unknown[] = []
  const endpoint = await serve(t, (request, response) => {
    const { authorization = '' } = request.headers
    seen.push(authorization)
    response.writeHead(403).end(JSON.stringify({ detail: `who is ${authorization}?` }))
  })
  const call = { service: { endpoint, bearer: 's3cret' }, podUid, body, timeoutMs }
  for (const result of [await requestAuthorization(call), await revokeAuthorization(call)])
    t.match(result, { kind: 'refused', detail: 'HTTP 403: who is Bearer …?' })
  t.strictSame(seen, ['Bearer s3cret', 'Bearer s3cret'])
  const broken = await requestAuthorization({ ...call, service: { endpoint, bearer: 's3cret\nX: y' } })
  t.equal(broken.kind, 'unavailable')
  t.notMatch(JSON.stringify(broken), 's3cret')
})

t.test('importing the client loads no network code: the sidecar starts with it and seldom calls', async (t) => {
  const client = new URL('../../authorization/client.ts', import.meta.url).pathname
  const script = `await import(${JSON.stringify(client)}); console.log(process.moduleLoadList.join('\\n'))`
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).split('\n')
  const costly = [
    'NativeModule http',
    'NativeModule https',
    'NativeModule tls',
    'NativeModule internal/deps/undici/undici',
  ]
  t.strictSame(
    costly.filter((name) => loaded.includes(name)),
    [],
  )
})
