import type { IncomingMessage } from 'node:http'

/** Far above any honest request of the contract. */
export const bodyLimitBytes = 64 * 1024

/** As much for a batch, whose pods are many and small. */
export const batchLimitBytes = 256 * 1024

/** For the whole of a request; it also ends a body without an end. */
export const requestTimeoutMs = 10_000

/**
 * The body's text, or null where it is larger than the limit; throws where the client leaves before its end.
 * What is too much is read and forgotten: closing on a client that is still writing would lose it our answer.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= limitBytes) chunks.push(chunk)
  }
  return bytes <= limitBytes ? Buffer.concat(chunks).toString() : null
}
