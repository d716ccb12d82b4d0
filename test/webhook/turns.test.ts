import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import express from 'express'
import t, { type Test } from 'tap'
import { type Turns, takeTurns } from '../../webhook/turns.ts'
import { listening } from '../listening.ts'

interface Asked {
  readonly socket: Socket
  /** What came back, when nothing more comes. */
  readonly ended: Promise<string>
  /** Over for the server. */
  readonly closed: Promise<unknown> | undefined
}

/** A server whose requests take turns; `ask` sends a request of two bytes, the second of them when `rest` is called. */
async function startServer(t: Test, turns: Partial<Turns>) {
  const all = { most: 1, mostWaiting: 10, patienceMs: 60_000, stallMs: 60_000, ...turns }
  const turnAway = (response: ServerResponse) => response.writeHead(503, { Connection: 'close' }).end()
  const begun: string[] = []
  const app = express().set('env', 'test') // Its own error handler is silent then.
  const noteTurn: express.RequestHandler = ({ path }, _, next) => {
    begun.push(path)
    next()
  }
  app.post('/:name', takeTurns(all, turnAway), noteTurn, express.raw({ type: () => true }), (_, response) => {
    response.set('Connection', 'close').send('done')
  })
  const closes = new Map<string, Promise<unknown>>()
  const server = createServer((request, response) => {
    closes.set(request.url ?? '', once(response, 'close'))
    app(request, response)
  })
  const port = await listening(t, server, 'localhost')
  const ask = async (name: string): Promise<Asked> => {
    const socket = connect(port, 'localhost')
    const ended = socket.toArray().then((chunks) => Buffer.concat(chunks).toString(), String)
    socket.write(`POST /${name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n1`)
    await once(server, 'request')
    return { socket, ended, closed: closes.get(`/${name}`) }
  }
  return { begun, ask }
}

t.test('who comes later waits until it is its turn, in the order of coming', async (t) => {
  const { begun, ask } = await startServer(t, {})
  const [first, second, third] = [await ask('first'), await ask('second'), await ask('third')]
  t.strictSame(begun, ['/first'])
  for (const { socket, ended } of [first, second, third]) {
    socket.write('2')
    t.match(await ended, /^HTTP\/1.1 200/)
  }
  t.strictSame(begun, ['/first', '/second', '/third'])
})

t.test('who stalls in its turn loses it, and its connection', async (t) => {
  const { ask } = await startServer(t, { stallMs: 50 })
  const [stalling, next] = [await ask('stalling'), await ask('next')]
  next.socket.write('2')
  t.equal(await stalling.ended, '')
  t.match(await next.ended, /^HTTP\/1.1 200/)
})

t.test('who is read late, because the process was busy, keeps its turn', async (t) => {
  const { ask } = await startServer(t, { stallMs: 50 })
  const { socket, ended } = await ask('late')
  socket.write('2')
  const untilMs = performance.now() + 200
  while (performance.now() < untilMs);
  t.match(await ended, /^HTTP\/1.1 200/)
})

t.test('who would be one too many to wait is turned away at once, unread', async (t) => {
  const { begun, ask } = await startServer(t, { mostWaiting: 1 })
  const [first, second, third] = [await ask('first'), await ask('second'), await ask('third')]
  t.match(await third.ended, /^HTTP\/1.1 503/)
  first.socket.write('2')
  second.socket.write('2')
  t.match(await second.ended, /^HTTP\/1.1 200/)
  t.strictSame(begun, ['/first', '/second'])
})

t.test('who has waited for too long is turned away, and nobody behind it loses a turn by that', async (t) => {
  const { begun, ask } = await startServer(t, { patienceMs: 50 })
  const [first, second] = [await ask('first'), await ask('second')]
  t.match(await second.ended, /^HTTP\/1.1 503/)
  first.socket.write('2')
  t.match(await first.ended, /^HTTP\/1.1 200/)
  const third = await ask('third')
  third.socket.write('2')
  t.match(await third.ended, /^HTTP\/1.1 200/)
  t.strictSame(begun, ['/first', '/third'])
})

t.test('who has gone while it waited has no turn', async (t) => {
  const { begun, ask } = await startServer(t, {})
  const [first, gone, last] = [await ask('first'), await ask('gone'), await ask('last')]
  gone.socket.destroy()
  await gone.closed
  first.socket.write('2')
  last.socket.write('2')
  t.match(await last.ended, /^HTTP\/1.1 200/)
  t.strictSame(begun, ['/first', '/last'])
})
