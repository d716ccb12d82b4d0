import type { Answer } from '../answer.ts'

/** What became of a pod's request at the gate, to be answered in the words of the contract. */
export type Outcome =
  | { readonly kind: 'granted' }
  | { readonly kind: 'queued'; readonly retryAfterMs: number; readonly detail: string }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly detail: string }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly retryAfterMs?: number; readonly detail: string }

/** An answer in HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/**
 * | outcome     | answer                                                          |
 * |-------------|-----------------------------------------------------------------|
 * | granted     | 200                                                             |
 * | queued      | 202, Retry-After                                                |
 * | throttled   | 429, Retry-After                                                |
 * | refused     | the service's own 4xx, or ours; a 3xx becomes 403               |
 * | unavailable | 503, Retry-After where it is known                              |
 */
export function answerOf(outcome: Outcome): HttpAnswer {
  switch (outcome.kind) {
    case 'granted':
      return { status: 200, headers: {}, body: { status: 'granted' } }
    case 'queued':
      return {
        status: 202,
        headers: retryAfter(outcome.retryAfterMs),
        body: { status: 'queued', detail: outcome.detail },
      }
    case 'throttled':
      return problem(429, 'Throttled', outcome)
    case 'refused':
      return problem(outcome.status >= 400 ? outcome.status : 403, 'Refused', outcome)
    case 'unavailable':
      return problem(503, 'Unavailable', outcome)
    default:
      return outcome satisfies never
  }
}

/** Problem details (RFC 9457). */
function problem(status: number, title: string, { detail, retryAfterMs }: { detail: string; retryAfterMs?: number }) {
  const headers = retryAfterMs === undefined ? {} : retryAfter(retryAfterMs)
  return { status, headers, body: { title, status, detail } }
}

/** In whole seconds, and never none: a pod would come back at once. */
const retryAfter = (ms: number) => ({ 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) })

/** The service's own answer, as the pod hears it. Never for one that throttles: the gate waits then, not the pod. */
export function outcomeOf(answer: Exclude<Answer, { kind: 'throttled' }>): Outcome {
  if (answer.kind !== 'queued') return answer
  return { ...answer, detail: 'queued by the authorization service' }
}
