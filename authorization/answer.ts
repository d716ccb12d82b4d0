import { contractStatuses, type GrantStatuses, type RevokeStatuses } from '../policy/answer-statuses.ts'
import { isRecord, isText, parseJson } from '../policy/json.ts'
import type { Reply, Silence } from './exchange.ts'
import { oneLine } from './one-line.ts'
import { parseRetryAfter } from './retry-after.ts'

/**
 * What the authorization service said when it was asked. `detail` is one line without secrets, made for people; `status` is
 * left out where it is the contract's.
 */
export type Answer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'queued'; readonly retryAfterMs: number; readonly status?: number }
  | { readonly kind: 'throttled'; readonly retryAfterMs?: number; readonly status?: number }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string }

/** What it said when a grant was taken back. */
export type Revocation =
  | { readonly kind: 'revoked' }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string }

/** For a place in the queue that comes without a time. */
export const queuedRetryMs = 2000

const detailLimit = 160

/** What an answer of the contract is refused with: whoever says 4xx has read the question. */
const refusing = (others: readonly number[]) =>
  Array.from({ length: 100 }, (_, index) => 400 + index).filter((status) => !others.includes(status))

const contractGrant: GrantStatuses = { ...contractStatuses, refused: refusing(contractStatuses.throttled) }

const contractRevoke: RevokeStatuses = {
  revoked: [...Array.from({ length: 100 }, (_, index) => 200 + index), 404],
  refused: refusing([404, ...contractStatuses.throttled]),
}

/**
 * The contract; a policy's own lists take the place of the first column, but redirects that they do not have are refused, too.
 *
 * | status                    | answer      |                                                         |
 * |---------------------------|-------------|---------------------------------------------------------|
 * | 200, 201                  | granted     | unavailable where the body is larger than any of ours   |
 * | 202                       | queued      | the same                                                |
 * | 429                       | throttled   |                                                         |
 * | other 4xx                 | refused     | with the service's own words                            |
 * | 3xx                       | refused     | not followed: whoever answers there was not configured  |
 * | 5xx, any other, no answer | unavailable |                                                         |
 */
export function readAnswer(reply: Reply | Silence, nowMs: number, own?: GrantStatuses): Answer {
  if (reply.kind === 'silence') return unavailable(reply)
  const { status, headers, oversized } = reply
  const { granted, queued, throttled, refused: no } = own ?? contractGrant
  const retryAfterMs = parseRetryAfter(headers['retry-after'], headers.date, nowMs)
  if (throttled.includes(status)) {
    const pause = retryAfterMs === undefined ? {} : { retryAfterMs }
    return { kind: 'throttled', ...pause, ...unlike(contractStatuses.throttled, status) }
  }
  const isYes = granted.includes(status) || queued.includes(status)
  if (!isYes && (no.includes(status) || isRedirect(status))) return refused(reply)
  if (!isYes || oversized) return unavailable(reply, own)
  if (queued.includes(status))
    return { kind: 'queued', retryAfterMs: retryAfterMs ?? queuedRetryMs, ...unlike(contractStatuses.queued, status) }
  return { kind: 'granted' }
}

/**
 * The contract; a policy's own lists again take the place of the first column.
 *
 * | status                         | revocation  |                                                  |
 * |--------------------------------|-------------|--------------------------------------------------|
 * | any 2xx, 404                   | revoked     | what is not there is gone                        |
 * | 3xx, other 4xx but 429         | refused     | asking again would not help                      |
 * | 429, 5xx, any other, no answer | unavailable | asking again later may help                      |
 */
export function readRevocation(reply: Reply | Silence, own?: RevokeStatuses): Revocation {
  if (reply.kind === 'silence') return unavailable(reply)
  const { status } = reply
  const { revoked, refused: no } = own ?? contractRevoke
  if (revoked.includes(status)) return { kind: 'revoked' }
  if (no.includes(status) || isRedirect(status)) return refused(reply)
  return unavailable(reply, own)
}

/** The answer's reason as people read it. */
export function answerDetail(answer: Answer): string {
  switch (answer.kind) {
    case 'granted':
      return 'granted'
    case 'queued':
      return `HTTP ${answer.status ?? contractStatuses.queued[0]}`
    case 'throttled':
      return `HTTP ${answer.status ?? contractStatuses.throttled[0]}`
    case 'refused':
    case 'unavailable':
      return answer.detail
    default:
      return answer satisfies never
  }
}

const unlike = ([usual]: readonly number[], status: number) => (status === usual ? {} : { status })

const isRedirect = (status: number) => status >= 300 && status < 400

function refused(reply: Reply): { kind: 'refused'; status: number; detail: string } {
  return { kind: 'refused', status: reply.status, detail: describe(reply) }
}

function unavailable(reply: Reply | Silence, own?: object): { kind: 'unavailable'; detail: string } {
  return {
    kind: 'unavailable',
    detail: reply.kind === 'silence' ? oneLine(reply.detail, detailLimit) : describe(reply, own),
  }
}

function describe(reply: Reply, own?: object): string {
  const { status, headers, oversized, body } = reply
  if (isRedirect(status) && headers.location) return describeRedirect(status, headers.location)
  if (oversized) return `HTTP ${status} with a body too large for an answer of an authorization service`
  if (status < 300) return `HTTP ${status}, which is no answer of ${own ? "the policy's lists" : 'the contract'}`
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
