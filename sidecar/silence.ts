import type { TcpSocket } from './tcp-socket.ts'

/** What one look at the app's ports has found. */
export interface Look {
  /** For how long no byte has moved and nothing has waited for an answer; infinite where nobody is connected. */
  readonly silentMs: number
  /** What is not quiet, for people. */
  readonly busy: string
}

/** Whether a connection of which the times alone do not tell it waits for an answer. */
export type Doubt = (socket: TcpSocket) => boolean

/** Two ticks of the kernel's slowest clock. An answer this soon after a request puts the socket into ping-pong mode. */
const doubtMs = 20
/** By then the kernel has acknowledged a request that was not answered (TCP_DELACK_MAX, 200 ms), and has left the mode. */
const acknowledgedMs = 300
/** From then on a peer's keep-alive probes may have ended the mode as well. Go's come first, after 15 s. */
const doubtEndsMs = 15_000

/**
 * Judges the sockets of the app's ports.
 *
 * | state | unanswered, so silent for 0 ms | moving, so silent for 0 ms | else silent |
 * |---|---|---|---|
 * | listening | | a connection waits to be accepted | for ever |
 * | being established | | always | |
 * | established, or closed by the peer only | data came after the last that was sent, or nearly with it and the doubt says so | unread, or sent and not acknowledged | since the last data |
 * | closed by the app | | more than its FIN is not acknowledged | for ever |
 */
export function judge(sockets: readonly TcpSocket[], quietMs: number, doubt: Doubt): Look {
  const isUnanswered = (socket: TcpSocket) => speaksLast(socket) || (isDoubtful(socket) && doubt(socket))
  const unanswered = sockets.filter(isUnanswered).length
  const silencesMs = sockets.filter((socket) => !isUnanswered(socket)).map(silenceOf)
  const moving = silencesMs.filter((silentMs) => silentMs < quietMs).length
  return {
    silentMs: unanswered > 0 ? 0 : Math.min(...silencesMs, Number.POSITIVE_INFINITY),
    busy: `${unanswered} unanswered and ${moving} moving connections`,
  }
}

/** Whether the last that happened is that the peer has spoken: a request that is being answered. */
function speaksLast({ state, data }: TcpSocket): boolean {
  if ((state !== 'established' && state !== 'close-wait') || !data) return false
  if (data.sentSegments === 0) return data.receivedSegments > 0
  return data.receivedMs < data.sentMs
}

/**
 * Whether data was received and sent in one tick or nearly so: a request and its quick answer, or an answer and the next
 * request. The times cannot tell.
 */
export function isDoubtful({ state, data }: TcpSocket): boolean {
  // A peer's FIN begins the mode anew, so nothing can be learnt from it in `close-wait`.
  if (state !== 'established' || !data || data.sentSegments === 0 || data.receivedSegments === 0) return false
  const apartMs = data.receivedMs - data.sentMs
  return apartMs >= 0 && apartMs <= doubtMs && data.sentMs < doubtEndsMs
}

function silenceOf(socket: TcpSocket): number {
  const { state, receiveQueue, sendQueue } = socket
  switch (state) {
    case 'listen':
      return receiveQueue > 0 ? 0 : Number.POSITIVE_INFINITY
    case 'syn-received':
      return 0
    case 'established':
      return receiveQueue > 0 || sendQueue > 0 ? 0 : lastDataMs(socket)
    case 'close-wait':
      // The peer's FIN counts as one byte until the app has read it.
      return receiveQueue > 1 || sendQueue > 0 ? 0 : lastDataMs(socket)
    case 'fin-wait-1':
    case 'closing':
    case 'last-ack':
      return sendQueue > 1 ? 0 : Number.POSITIVE_INFINITY
    default:
      return state satisfies never
  }
}

function lastDataMs(socket: TcpSocket): number {
  if (!socket.data) return 0
  const lastMs = Math.min(socket.data.sentMs, socket.data.receivedMs)
  return isDoubtful(socket) && lastMs < acknowledgedMs ? 0 : lastMs
}
