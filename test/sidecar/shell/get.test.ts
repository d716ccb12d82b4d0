import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { Server } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { listening } from '../../listening.ts'
import { freePort } from './free-port.ts'
import { shell } from './sidecar.ts'
import { createStage, type Running, type Stage } from './stage.ts'
import { until } from './until.ts'

interface App {
  readonly port: number
  readonly seen: IncomingMessage[]
}

/** Answers every request with the status that its path names. */
async function serve(t: Test, server: Server, host = '127.0.0.1'): Promise<App> {
  const seen: IncomingMessage[] = []
  server.on('request', (request, response) => {
    seen.push(request)
    const status = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 200)
    response.writeHead(status, status === 302 ? { location: '/200' } : {}).end('body')
  })
  return { port: await listening(t, server, host), seen }
}

const get = (stage: Stage, words: readonly string[], env: Record<string, string> = {}): Running =>
  stage.start({ container: 'app', argv: shell(stage, 'get', stage.run, ...words), env })

t.test('any answer is a success, as for the kubelet', async (t) => {
  const stage = createStage(t)
  const { port, seen } = await serve(t, createServer())
  for (const status of ['200', '204', '302', '404', '500'])
    t.equal(await get(stage, ['127.0.0.1', String(port), `/${status}?x=1`]).exited, 0, status)
  t.equal(seen[0]?.url, '/200?x=1')
  t.equal(seen[0]?.method, 'GET')
  t.match(seen[0]?.headers, { 'user-agent': 'kube-lifecycle/greenroom', accept: '*/*', host: `127.0.0.1:${port}` })
})

t.test('no answer is a failure, which says why', async (t) => {
  const stage = createStage(t)
  const port = await freePort()
  const running = get(stage, ['127.0.0.1', String(port), '/stop'])
  t.equal(await running.exited, 1)
  await until('the reason', () => running.lines.some((line) => /httpGet http:.*\/stop: .*refused/.test(line)))
})

t.test('headers arrive whole, and no proxy comes between', async (t) => {
  const stage = createStage(t)
  const { port, seen } = await serve(t, createServer())
  const headers = ['X-Token: a b  *', 'host: shop.example', 'user-agent: me', 'Accept: text/plain', 'X-Empty: ']
  const env = { http_proxy: `http://127.0.0.1:${await freePort()}` }
  t.equal(await get(stage, ['127.0.0.1', String(port), '/', ...headers], env).exited, 0)
  t.match(seen[0]?.headers, {
    'x-token': 'a b  *',
    host: 'shop.example',
    'user-agent': 'me',
    accept: 'text/plain',
    'x-empty': '',
  })
})

t.test('without a host it asks the IP of the pod', async (t) => {
  const stage = createStage(t)
  const { port, seen } = await serve(t, createServer(), '127.0.0.9')
  t.equal(await get(stage, ['-', String(port), '/']).exited, 1, 'which nobody knows yet')
  mkdirSync(join(stage.run), { recursive: true })
  writeFileSync(join(stage.run, 'pod'), 'orders\nshop\n127.0.0.9\n')
  t.equal(await get(stage, ['-', String(port), '/']).exited, 0)
  t.equal(seen.length, 1)
})

t.test('IPv6', async (t) => {
  const stage = createStage(t)
  const { port } = await serve(t, createServer(), '::1')
  t.equal(await get(stage, ['::1', String(port), '/']).exited, 0)
})
