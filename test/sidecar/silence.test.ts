import fc from 'fast-check'
import t from 'tap'
import { isDoubtful, judge as judgeWith } from '../../sidecar/silence.ts'
import type { TcpSocket } from '../../sidecar/tcp-socket.ts'
import { parseTcpSocket } from '../../sidecar/tcp-socket.ts'

const quietMs = 1000
const judge = (sockets: readonly TcpSocket[], quietMs: number) => judgeWith(sockets, quietMs, () => false)
const parse = (line: string) => parseTcpSocket(line.replace(' ', ' 9 '))
const judged = (...lines: string[]) => judge(lines.map(parse), quietMs)
const ever = Number.POSITIVE_INFINITY

// STATE RECEIVE-QUEUE SEND-QUEUE SENT-MS RECEIVED-MS SENT-SEGMENTS RECEIVED-SEGMENTS
const rows: [name: string, line: string, silentMs: number, busy?: 'unanswered' | 'moving'][] = [
  ['answered a while ago', '1 0 0 5000 5004 3 3', 5000],
  ['answered just now', '1 0 0 996 1004 3 3', 996, 'moving'],
  ['answered so soon that it may yet be a request', '1 0 0 296 300 3 3', 0, 'moving'],
  ['answered after a while, and just now', '1 0 0 296 400 3 3', 296, 'moving'],
  ['answered in this very tick', '1 0 0 0 0 3 3', 0, 'moving'],
  ['asked and answered in one tick', '1 0 0 5000 5000 1 1', 5000],
  ['asked a tick after the last answer', '1 0 0 5004 5000 3 4', 0, 'unanswered'],
  ['asked in this very tick', '1 0 0 9000 0 3 4', 0, 'unanswered'],
  ['asked in the tick of the connection, never answered', '1 0 0 5000 5000 0 1', 0, 'unanswered'],
  ['asked later, never answered', '1 0 0 9000 5000 0 2', 0, 'unanswered'],
  ['connected, never asked', '1 0 0 5000 5000 0 0', 5000],
  ['connected just now', '1 0 0 4 4 0 0', 4, 'moving'],
  ['greeted by the server, never asked', '1 0 0 5000 5000 1 0', 5000],
  ['a download in pieces', '1 0 0 200 90000 800 1', 200, 'moving'],
  ['an upload in pieces', '1 0 0 90000 200 1 800', 0, 'unanswered'],
  ['not read by the app', '1 5 0 5000 5004 3 4', 0, 'moving'],
  ['not taken by the client', '1 0 5 5000 5004 3 3', 0, 'moving'],
  ['closed by the client, answered', '8 0 0 5000 5004 3 3', 5000],
  ['closed by the client, answered, the FIN not read', '8 1 0 5000 5004 3 3', 5000],
  ['closed by the client, data not read', '8 2 0 5000 5004 3 4', 0, 'moving'],
  ['closed by the client, not answered yet', '8 1 0 5004 5000 3 4', 0, 'unanswered'],
  ['closed by the app, only the FIN on its way', '4 0 1 5000 5004 3 3', ever],
  ['closed by the app, an answer on its way', '4 0 2 5000 5004 3 3', 0, 'moving'],
  ['closed by the app, the request is nobody’s now', '4 0 1 5004 5000 3 4', ever],
  ['closed by both, an answer on its way', '11 0 2 5000 5004 3 3', 0, 'moving'],
  ['closed by the client first, an answer on its way', '9 0 2 5000 5004 3 3', 0, 'moving'],
  ['closed by the client first, all answered', '9 0 1 5000 5004 3 3', ever],
  ['about to be established', '3 0 0', 0, 'moving'],
  ['nobody waits to be accepted', '10 0 128', ever],
  ['somebody waits to be accepted', '10 1 128', 0, 'moving'],
]

for (const [name, line, silentMs, busy] of rows) {
  t.test(name, async (t) => {
    const counts = `${busy === 'unanswered' ? 1 : 0} unanswered and ${busy === 'moving' ? 1 : 0} moving connections`
    t.strictSame(judged(line), { silentMs, busy: counts })
  })
}

const doubtful: [name: string, line: string, isDoubtful: boolean][] = [
  ['sent and received in one tick', '1 0 0 5000 5000 1 1', true],
  ['sent a tick later', '1 0 0 5000 5010 1 1', true],
  ['sent much later', '1 0 0 5000 5024 1 1', false],
  ['received later', '1 0 0 5004 5000 1 1', false],
  ['never sent', '1 0 0 5000 5000 0 1', false],
  ['never received', '1 0 0 5000 5000 1 0', false],
  ['so long ago that probes have come', '1 0 0 15000 15000 1 1', false],
  ['closed by the client', '8 0 0 5000 5000 1 1', false],
  ['closed by the app', '4 0 1 5000 5000 1 1', false],
  ['listening', '10 0 128', false],
]

for (const [name, line, expected] of doubtful) {
  t.test(`${name}: ${expected ? 'the doubt decides' : 'no doubt'}`, async (t) => {
    t.equal(isDoubtful(parse(line)), expected)
    const { silentMs, busy } = judgeWith([parse(line)], quietMs, () => true)
    if (expected) t.strictSame([silentMs, busy], [0, '1 unanswered and 0 moving connections'])
    else t.equal(silentMs, judged(line).silentMs)
  })
}

t.test('one of many is enough', async (t) => {
  t.equal(judged('1 0 0 5000 5004 3 3', '10 0 128', '1 0 0 300 9000 3 3').silentMs, 300)
  t.strictSame(judged(), { silentMs: ever, busy: '0 unanswered and 0 moving connections' })
})

const state = fc.constantFrom(1, 4, 8, 9, 11)
const times = fc.tuple(fc.nat(20_000), fc.nat(20_000), fc.nat(3), fc.nat(3))
const connection = fc
  .tuple(state, fc.nat(3), fc.nat(3), times)
  .map(([state, received, sent, data]) => parse([state, received, sent, ...data].join(' ')))

t.test('the more connections, the less silence; their order does not matter', async (t) => {
  fc.assert(
    fc.property(fc.array(connection), fc.array(connection), (some, others) => {
      const { silentMs } = judge([...some, ...others], quietMs)
      t.ok(silentMs >= 0)
      t.equal(silentMs, Math.min(judge(some, quietMs).silentMs, judge(others, quietMs).silentMs))
      t.strictSame(judge([...others, ...some], quietMs), judge([...some, ...others], quietMs))
    }),
  )
})

t.test('a connection without data on its way never is silent for longer than since its last byte', async (t) => {
  fc.assert(
    fc.property(times, ([sent, received, out, into]) => {
      t.ok(judged(`1 0 0 ${sent} ${received} ${out} ${into}`).silentMs <= Math.min(sent, received))
    }),
  )
})

t.test('time alone quiets what is answered, and never what is not', async (t) => {
  fc.assert(
    fc.property(connection, fc.nat(100_000), (socket, laterMs) => {
      const { data } = socket
      if (!data) return
      const later = { ...data, sentMs: data.sentMs + laterMs, receivedMs: data.receivedMs + laterMs }
      const before = judge([socket], quietMs).silentMs
      const after = judge([{ ...socket, data: later }], quietMs).silentMs
      t.ok(after === before || after === before + laterMs || isDoubtful(socket))
    }),
  )
})
