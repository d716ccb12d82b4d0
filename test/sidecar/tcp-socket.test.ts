import t from 'tap'
import { parseTcpSocket } from '../../sidecar/tcp-socket.ts'

t.test('reads a connection, and what is none yet', async (t) => {
  t.strictSame(parseTcpSocket('1 9 2 3 400 500 6 7'), {
    state: 'established',
    inode: 9,
    receiveQueue: 2,
    sendQueue: 3,
    data: { sentMs: 400, receivedMs: 500, sentSegments: 6, receivedSegments: 7 },
  })
  t.strictSame(parseTcpSocket('8 0 0 0 0 0 0 0').data, {
    sentMs: 0,
    receivedMs: 0,
    sentSegments: 0,
    receivedSegments: 0,
  })
  t.strictSame(parseTcpSocket('10 9 1 128'), { state: 'listen', inode: 9, receiveQueue: 1, sendQueue: 128, data: null })
})

const malformed = ['', '1', '1 0', '1 0 0', '1 0 0 0 0', '1 0 0 0 -1 0 0 0', '6 0 0 0', '12 0 0 0', 'toString 0 0 0']

for (const line of [...malformed, '1 0 0 0 0 0 0 0 0', ' 1 0 0 0'])
  t.test(`refuses "${line}"`, async (t) => t.throws(() => parseTcpSocket(line), /not a socket/))
