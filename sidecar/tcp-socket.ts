/** States of include/net/tcp_states.h in which there may still be something to send or to answer. */
const states = {
  1: 'established',
  3: 'syn-received',
  4: 'fin-wait-1',
  8: 'close-wait',
  9: 'last-ack',
  10: 'listen',
  11: 'closing',
} as const

/** What the kernel knows of a TCP socket of the app. */
export interface TcpSocket {
  readonly state: (typeof states)[keyof typeof states]
  /** 0 while no process has it. */
  readonly inode: number
  /** Bytes that the app has not read; of a listener, connections that it has not accepted. */
  readonly receiveQueue: number
  /** Bytes that the peer has not acknowledged. A FIN that was sent counts as one. */
  readonly sendQueue: number
  /** Null where no connection is established yet. */
  readonly data: {
    /** How long ago, in whole ticks of the kernel's clock: both since the connection began, where there was none. */
    readonly sentMs: number
    readonly receivedMs: number
    readonly sentSegments: number
    readonly receivedSegments: number
  } | null
}

/**
 * Reads a line of `traffic` (sidecar/traffic.c).
 *
 * @throws Error for anything else.
 */
export function parseTcpSocket(line: string): TcpSocket {
  const [state = '', inode, receiveQueue, sendQueue, ...data] = line.split(' ')
  if (!/^\d+ \d+ \d+ \d+( \d+ \d+ \d+ \d+)?$/.test(line) || !isState(state)) throw new Error(`not a socket: ${line}`)
  const [sentMs = 0, receivedMs = 0, sentSegments = 0, receivedSegments = 0] = data.map(Number)
  return {
    state: states[state],
    inode: Number(inode),
    receiveQueue: Number(receiveQueue),
    sendQueue: Number(sendQueue),
    data: data.length > 0 ? { sentMs, receivedMs, sentSegments, receivedSegments } : null,
  }
}

function isState(text: string): text is `${keyof typeof states}` {
  return text in states
}
