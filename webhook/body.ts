import type { IncomingMessage } from 'node:http'
import { sizeOf } from './turns.ts'

/** Why a body is not read: the status that says so, and a sentence. */
export interface Refusal {
  readonly status: number
  readonly message: string
}

/**
 * Why a request's body is not read at all; undefined: it is. No client of ours compresses, and a few bytes could become as many as
 * they like.
 */
export function findRefusal({ headers }: IncomingMessage, limitBytes: number): Refusal | undefined {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return { status: 415, message: `The body is in ${encoding}, expected it as it is.` }
  return Number(headers['content-length'] ?? 0) > limitBytes ? tooLarge(limitBytes) : undefined
}

const tooLarge = (limitBytes: number): Refusal => ({
  status: 413,
  message: `The body is larger than ${limitBytes} bytes, which is too large for a review.`,
})

/**
 * Reads a body that was not refused: into one buffer where its length is known, into none of our own where it comes in one piece.
 * One that is cut off is never heard of.
 */
export function collectBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: Buffer | Refusal) => void,
): void {
  const size = sizeOf(request)
  const pieces: Buffer[] = []
  let whole: Buffer | undefined
  let bytes = 0
  request.on('data', (piece: Buffer) => {
    if (piece.length === size) whole = piece
    else if (size <= limitBytes) {
      whole ??= Buffer.allocUnsafeSlow(size)
      whole.set(piece, bytes)
    } else if (bytes <= limitBytes) pieces.push(piece)
    bytes += piece.length
    if (bytes > limitBytes) pieces.length = 0
  })
  request.on('end', () => done(bytes > limitBytes ? tooLarge(limitBytes) : (whole ?? Buffer.concat(pieces))))
}
