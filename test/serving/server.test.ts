import { once } from 'node:events'
import { Agent } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { createServer } from '../../serving/server.ts'
import { listening } from '../listening.ts'
import { send } from '../webhook/support/send.ts'

// Silence is waited for, and fifteen hundred sockets take their time on a busy machine.
t.setTimeout(120_000)

/** With the defaults of Node a handshake has two minutes. */
const limitMs = 20_000

const authority = await createAuthority('test', new Date())
const issue = () => issueLeaf(authority, ['localhost'], new Date())

t.test('connections are kept for longer than the API server keeps them idle', async (t) => {
  const server = createServer(await issue(), (_, response) => response.end())
  t.ok(server.keepAliveTimeout > 90_000)
  t.ok(server.requestTimeout <= 10_000)
  t.ok(server.maxConnections > 0)
})

/** A server that answers everybody, and the port that it listens on. */
async function listen(t: Test) {
  const server = createServer(await issue(), (_, response) => response.end())
  return { server, port: await listening(t, server, 'localhost') }
}

t.test('thousands who connect and say nothing keep nobody out, and are soon gone', async (t) => {
  const { server, port } = await listen(t)
  const silent: Socket[] = []
  // One after the other: the kernel drops who does not fit into the queue of a listener, and never tells whoever is silent.
  while (silent.length < 1_500) {
    const [socket] = [connectTcp(port, 'localhost').resume(), await once(server, 'connection')]
    silent.push(socket)
  }
  const startMs = performance.now()
  t.match(await send({ port, ca: authority.cert, agent: false }), { status: 200 })
  await Promise.all(silent.map(untilClosed))
  t.ok(performance.now() - startMs < limitMs)
})

t.test('so are those who shake hands and then say nothing', async (t) => {
  const { port } = await listen(t)
  const socket = connect({ host: 'localhost', port, ca: authority.cert }).resume()
  await once(socket, 'secureConnect')
  const startMs = performance.now()
  await untilClosed(socket)
  t.ok(performance.now() - startMs < limitMs)
})

async function untilClosed(socket: Socket): Promise<void> {
  socket.on('error', () => {}) // However it ends.
  if (!socket.closed) await once(socket, 'close')
}

t.test('where there is no place left, idle connections make some', async (t) => {
  const { server, port } = await listen(t)
  server.maxConnections = 1
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  t.match(await send({ port, ca: authority.cert, agent }), { status: 200 })
  const refused = connectTcp(port, 'localhost').resume()
  await untilClosed(refused)
  t.match(await send({ port, ca: authority.cert, agent: false }), { status: 200 })
})

t.test('a renewed certificate is served to whoever connects next', async (t) => {
  const { server, port } = await listen(t)
  const servedSerial = async () => {
    const socket = connect({ host: 'localhost', port, ca: authority.cert })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  const before = await servedSerial()
  server.setSecureContext(await issue())
  t.not(await servedSerial(), before)
})
