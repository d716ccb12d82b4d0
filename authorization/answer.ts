import type { Reply, Silence } from './exchange.ts'
import { isRecord, isText, parseJson } from './json.ts'
import { oneLine } from './one-line.ts'
import { parseRetryAfter } from './retry-after.ts'

/** What the authorization service said to a PUT. `detail` is one line without secrets, made for people. */
export type Answer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'queued'; readonly retryAfterMs: number }
  | { readonly kind: 'throttled'; readonly retryAfterMs?: number }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string }

/** What it said to a DELETE. */
export type Revocation =
  | { readonly kind: 'revoked' }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string }

/** For a 202 that names no time of its own. */
export const queuedRetryMs = 2000

const detailLimit = 160

/**
 * | status                    | answer      |                                                         |
 * |---------------------------|-------------|---------------------------------------------------------|
 * | 200, 201                  | granted     | unavailable where the body is larger than any of ours   |
 * | 202                       | queued      | the same                                                |
 * | 429                       | throttled   |                                                         |
 * | other 4xx                 | refused     | with the service's own words                            |
 * | 3xx                       | refused     | not followed: whoever answers there was not configured  |
 * | 5xx, any other, no answer | unavailable |                                                         |
 */
export function readAnswer(reply: Reply | Silence, nowMs: number): Answer {
  if (reply.kind === 'silence') return unavailable(reply)
  const { status, headers, oversized } = reply
  const retryAfterMs = parseRetryAfter(headers['retry-after'], headers.date, nowMs)
  if (status === 429) return retryAfterMs === undefined ? { kind: 'throttled' } : { kind: 'throttled', retryAfterMs }
  if (status >= 300 && status < 500) return refused(reply)
  if (oversized || ![200, 201, 202].includes(status)) return unavailable(reply)
  if (status === 202) return { kind: 'queued', retryAfterMs: retryAfterMs ?? queuedRetryMs }
  return { kind: 'granted' }
}

/**
 * | status                         | revocation  |                                                  |
 * |--------------------------------|-------------|--------------------------------------------------|
 * | any 2xx, 404                   | revoked     | what is not there is gone                        |
 * | 3xx, other 4xx but 429         | refused     | asking again would not help                      |
 * | 429, 5xx, any other, no answer | unavailable | asking again later may help                      |
 */
export function readRevocation(reply: Reply | Silence): Revocation {
  if (reply.kind === 'silence') return unavailable(reply)
  const { status } = reply
  if (status === 404 || (status >= 200 && status < 300)) return { kind: 'revoked' }
  if (status !== 429 && status >= 300 && status < 500) return refused(reply)
  return unavailable(reply)
}

function refused(reply: Reply): { kind: 'refused'; status: number; detail: string } {
  return { kind: 'refused', status: reply.status, detail: describe(reply) }
}

function unavailable(reply: Reply | Silence): { kind: 'unavailable'; detail: string } {
  return {
    kind: 'unavailable',
    detail: reply.kind === 'silence' ? oneLine(reply.detail, detailLimit) : describe(reply),
  }
}

function describe(reply: Reply): string {
  const { status, headers, oversized, body } = reply
  if (status >= 300 && status < 400 && headers.location) return describeRedirect(status, headers.location)
  if (oversized) return `HTTP ${status} with a body too large for an answer of an authorization service`
  if (status < 300) return `HTTP ${status}, which is no answer of the contract`
  const words = wordsOf(body)
  return words ? oneLine(`HTTP ${status}: ${words}`, detailLimit) : `HTTP ${status}`
}

/** Without user, password and query, which may carry a token (login pages do so). */
function describeRedirect(status: number, location: string): string {
  const target = URL.parse(location)
  const shown = target ? `${target.protocol}//${target.host}${target.pathname}` : location.replace(/[?#].*|[^/]*@/g, '')
  return oneLine(
    `HTTP ${status} redirects to ${shown}; redirects are not followed, name the final endpoint`,
    detailLimit,
  )
}

/** Without the full stop at its end, for it becomes part of a sentence of ours. */
function wordsOf(body: string): string | undefined {
  const parsed = parseJson(body)
  // `detail` and `title` are of RFC 9457 (problem details), the others of widespread habit.
  if (isRecord(parsed))
    return [parsed.detail, parsed.message, parsed.error, parsed.title].find(isText)?.replace(/\.$/, '')
  // A proxy's page of HTML says nothing that the status does not.
  return body.trimStart().startsWith('<') ? undefined : body.trim().replace(/\.$/, '')
}
