import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import express from 'express'
import t, { type Test } from 'tap'
import { type Turns, takeTurns } from '../../webhook/turns.ts'
import { listening } from '../listening.ts'

/** A server whose requests take turns; `ask` sends a request of two bytes, the second of them when `rest` is called. */
async function startServer(t: Test, turns: Turns) {
  const begun: string[] = []
  const app = express().set('env', 'test') // Its own error handler is silent then.
  const noteTurn: express.RequestHandler = ({ path }, _, next) => {
    begun.push(path)
    next()
  }
  app.post('/:name', takeTurns(turns), noteTurn, express.raw({ type: () => true }), (_, response) => {
    response.set('Connection', 'close').send('done')
  })
  const server = createServer(app)
  const port = await listening(t, server, 'localhost')
  const ask = async (name: string): Promise<{ socket: Socket; ended: Promise<string> }> => {
    const socket = connect(port, 'localhost')
    const ended = socket.toArray().then((chunks) => Buffer.concat(chunks).toString(), String)
    socket.write(`POST /${name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n1`)
    await once(server, 'request')
    return { socket, ended }
  }
  return { begun, ask }
}

t.test('who comes later waits until it is its turn, in the order of coming', async (t) => {
  const { begun, ask } = await startServer(t, { most: 1, stallMs: 60_000 })
  const [first, second, third] = [await ask('first'), await ask('second'), await ask('third')]
  t.strictSame(begun, ['/first'])
  for (const { socket, ended } of [first, second, third]) {
    socket.write('2')
    t.match(await ended, /^HTTP\/1.1 200/)
  }
  t.strictSame(begun, ['/first', '/second', '/third'])
})

t.test('who stalls in its turn loses it, and its connection', async (t) => {
  const { ask } = await startServer(t, { most: 1, stallMs: 50 })
  const [stalling, next] = [await ask('stalling'), await ask('next')]
  next.socket.write('2')
  t.equal(await stalling.ended, '')
  t.match(await next.ended, /^HTTP\/1.1 200/)
})

t.test('who is read late, because the process was busy, keeps its turn', async (t) => {
  const { ask } = await startServer(t, { most: 1, stallMs: 50 })
  const { socket, ended } = await ask('late')
  socket.write('2')
  const untilMs = performance.now() + 200
  while (performance.now() < untilMs);
  t.match(await ended, /^HTTP\/1.1 200/)
})
