import type { RequestListener, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { collectBody, findRefusal } from './body.ts'
import type { HttpAnswer } from './handler.ts'
import { bodyLimitBytes } from './review-size.ts'
import { sentence } from './sentence.ts'
import { type Turns, takeTurns, takeTurnsBySize } from './turns.ts'

/** Most reviews are below it: a pod of fifty environment variables has half of it. */
const smallBodyBytes = 64 * 1024

/** An API server gives up after the 5 s of the registration; what is left is for the review itself and the way back. */
const patienceMs = 3_000

/**
 * A body is in memory up to four times while it is read: in pieces, as a whole, as text and as a tree. An API server
 * sends one in milliseconds, so these are far more turns than it needs, and each of a stalling client is soon over. There wait no
 * more than can have their turn within their patience: a small review takes less than a millisecond, a large one up to fifty.
 */
const smallTurns: Turns = { most: 128, mostWaiting: 4_000, patienceMs, stallMs: 2_000 }
const largeTurns: Turns = { most: 2, mostWaiting: 60, patienceMs, stallMs: 2_000 }

export interface ReviewRouteParts {
  readonly path: string
  readonly review: (body: Buffer) => Promise<HttpAnswer>
  readonly isReady: () => boolean
  readonly countTurnedAway: () => void
  readonly logger: Logger
}

/**
 * One path for the API server. Served without a router, whose work for each request is more than that of the review. The
 * body may have any content type: what it is shows when it is read.
 */
export function createReviewRoute({
  path,
  review,
  isReady,
  countTurnedAway,
  logger,
}: ReviewRouteParts): RequestListener {
  const send = (response: ServerResponse, { status, text }: HttpAnswer, headers: readonly string[] = []) => {
    // Clients keep a connection for as long as it lives; a replica that is leaving gives each up with an answer.
    const connection = isReady() ? 'keep-alive' : 'close'
    const bytes = Buffer.byteLength(text)
    const all = ['Content-Type', jsonType, 'Content-Length', String(bytes), 'Connection', connection, ...headers]
    // Nearly all are ASCII, which goes out as it is.
    response.writeHead(status, all).end(text, bytes === text.length ? 'latin1' : 'utf8')
  }
  const turnAway = (response: ServerResponse) => {
    countTurnedAway()
    send(response, { status: 503, text: busy }, ['Retry-After', '1'])
  }
  const answer = (body: Buffer, response: ServerResponse) =>
    review(body)
      .catch((err: unknown) => {
        logger.error({ err, path }, 'request failed')
        return { status: 500, text: sentence('Greenroom failed; its log has the cause.') }
      })
      .then((answer) => send(response, answer))
  const take = takeTurnsBySize(smallBodyBytes, takeTurns(smallTurns, turnAway), takeTurns(largeTurns, turnAway))
  return (request, response) => {
    const refusal = findRefusal(request, bodyLimitBytes)
    if (refusal) return send(response, { status: refusal.status, text: sentence(refusal.message) })
    take(request, response, () =>
      collectBody(request, bodyLimitBytes, (body) => {
        if (!Buffer.isBuffer(body)) return send(response, { status: body.status, text: sentence(body.message) })
        // After all that has come meanwhile is read: only who is known to wait can be turned away in time.
        setImmediate(answer, body, response)
      }),
    )
  }
}

const jsonType = 'application/json; charset=utf-8'

const busy = sentence('Greenroom is busy: too many reviews wait for their turn. Ask again in a second.')
