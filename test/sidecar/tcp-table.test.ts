import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import t from 'tap'
import { countOpenConnections, findPingPong } from '../../sidecar/tcp-table.ts'

t.test('counts established connections to a real port, and neither the listener nor the client end', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
  const count = () => countOpenConnections(readFileSync('/proc/net/tcp', 'utf8'), [address.port])

  t.equal(count(), 0)
  const accepted = once(server, 'connection')
  const client = connect(address.port, '127.0.0.1')
  const [socket] = await accepted
  t.equal(count(), 1)
  socket.destroy()
  client.destroy()
  await once(client, 'close')
  server.close()
})

t.test('reads IPv6 tables and passes over what is no socket', async (t) => {
  const line =
    '   0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:D2F0 01 00000000:00000000 00:00000000 00000000'
  t.equal(countOpenConnections(`  sl  local_address\n${line}\n\n`, [8080]), 1)
  t.equal(countOpenConnections(line, [80]), 0)
})

t.test('finds who is in ping-pong mode', async (t) => {
  const line = (inode: number, mode: number) =>
    `  1: 0100007F:1F90 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 20 4 ${mode} 10 -1`
  const timeWait =
    '  2: 0100007F:1F90 0100007F:D2F2 06 00000000:00000000 03:00000F5E 00000000     0        0 0 3 0000000000000000'
  t.strictSame(
    findPingPong(['  sl  local_address ...', line(11, 1), line(12, 30), line(13, 31), timeWait, ''].join('\n')),
    [11, 13],
  )
})
