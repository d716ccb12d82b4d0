import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { startTraffic } from '../../sidecar/traffic.ts'
import { until } from './shell/until.ts'
import { trafficProgram } from './traffic-program.ts'

function start(t: Test, ports: readonly number[], program = trafficProgram) {
  const traffic = startTraffic(program, ports)
  t.teardown(() => traffic.close())
  return traffic
}

/** A port counts for all addresses, and a free one of this address may be that of somebody's connection at another. */
async function listenAlone(t: Test, host: string): Promise<Server> {
  for (;;) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if ((await start(t, [port]).look()).length === 1) return server
    server.close()
  }
}

for (const [name, host, from] of [
  ['IPv4', '127.0.0.1', '127.0.0.1'],
  ['IPv6', '::1', '::1'],
  ['IPv4 at a socket of both', '::', '127.0.0.1'],
] as const)
  t.test(
    `sees a connection of ${name} from its establishment to its end, and neither its client's end nor others`,
    async (t) => {
      const server = await listenAlone(t, host)
      const other = createServer().listen(0, host)
      t.teardown(() => [server.close(), other.close()])
      await once(other, 'listening')
      const { port } = server.address() as AddressInfo
      const traffic = start(t, [port, 1])
      const states = async () => (await traffic.look()).map(({ state }) => state).sort()
      t.strictSame(await states(), ['listen'])

      const accepted = once(server, 'connection')
      const client = connect(port, from)
      const stranger = connect((other.address() as AddressInfo).port, from)
      t.teardown(() => [client.destroy(), stranger.destroy()])
      const [socket] = await accepted
      t.strictSame(await states(), ['established', 'listen'])
      client.write('hello')
      await once(socket, 'data')
      const asked = (await traffic.look()).find(({ state }) => state === 'established')
      t.match(asked, { receiveQueue: 0, sendQueue: 0, data: { sentSegments: 0, receivedSegments: 1 } })
      t.ok((asked?.data?.receivedMs ?? 9999) < 5000)
      socket.write('welcome')
      await once(client, 'data')
      const answered = (await traffic.look()).find(({ state }) => state === 'established')
      t.match(answered?.data, { sentSegments: 1, receivedSegments: 1 })
      socket.destroy()
      client.destroy()
      await until('it to be gone', async () => (await states()).join() === 'listen')
    },
  )

t.test('sees who waits to be accepted', async (t) => {
  const script = `const server = require('node:net').createServer()
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const app = spawn(process.execPath, ['-e', script], { env: {} })
  t.teardown(() => app.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: app.stdout }), 'line')
  const port = Number(line)
  // Halted, it accepts nobody; the kernel goes on.
  app.kill('SIGSTOP')
  const client = connect(port, '127.0.0.1')
  t.teardown(() => client.destroy())
  await once(client, 'connect')
  t.match(
    (await start(t, [port]).look()).find(({ state }) => state === 'listen'),
    { receiveQueue: 1 },
  )
})

t.test('answers as often as it is asked, also for more connections than fit into one message', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clients = Array.from({ length: 300 }, () => connect(port, '127.0.0.1'))
  t.teardown(() => clients.map((client) => client.destroy()))
  await Promise.all(clients.map((client) => once(client, 'connect')))
  const traffic = start(t, [port])
  for (const _ of [1, 2, 3]) t.equal((await traffic.look()).length, 301)
})

t.test('ends with its standard input, and sees as much without any capability', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // Root's are given up as the pod's are; an ordinary user has none.
  const drop =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65532', '--clear-groups', '--bounding-set=-all'] : ['env']
  // Where that user may run it.
  const copy = join(mkdtempSync('/tmp/traffic-'), 'traffic')
  t.teardown(() => rmSync(dirname(copy), { recursive: true }))
  copyFileSync(trafficProgram, copy)
  chmodSync(dirname(copy), 0o755)
  const [program = '', ...args] = [...drop, copy, String(port)]
  t.match(execFileSync(program, args, { input: '\n\n', encoding: 'utf8' }), /^(10 \d+ 0 \d+\n\n){2}$/)
})

t.test('where it cannot be had, each look says why', async (t) => {
  const folder = t.testdir()
  const program = (text: string) => {
    const file = join(folder, String(text.length))
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
    return file
  }
  const rows: [program: string, message: RegExp][] = [
    ['/not/there', /ENOENT/],
    [
      program('echo "traffic: opening sock_diag: Protocol not supported" >&2; exit 1'),
      /^traffic: opening sock_diag: Protocol not supported$/,
    ],
    [program('exit 0'), /has ended/],
    [program('echo 1 2; echo; read -r _'), /not a socket: 1 2/],
    [program('exec sleep 60'), /did not answer within 1000 ms/],
  ]
  for (const [program, message] of rows) {
    const traffic = start(t, [1], program)
    await t.rejects(traffic.look(), { message })
  }
})
