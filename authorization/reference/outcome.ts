import type { Behaviour, Mode } from './behaviour.ts'
import { problem, type Reply } from './reply.ts'

/** What becomes of a call: how it is recorded, and what is sent. */
export interface Outcome {
  readonly answer: string
  readonly reply: Reply
}

/**
 * | grant | refuse | fail | throttle | queue | hang |
 * |-------|--------|------|----------|-------|------|
 * | serve | 403    | 500  | 429      | 202   | none |
 */
export function misbehave(mode: Mode, { retryAfterSeconds }: Behaviour): Outcome | undefined {
  const headers = { 'retry-after': String(retryAfterSeconds) }
  switch (mode) {
    case 'grant':
      return undefined
    case 'refuse':
      return { answer: 'refused', reply: problem(403, 'Refused', 'The server was told to refuse.') }
    case 'fail':
      return failed('The server was told to fail.')
    case 'throttle':
      return throttled('It was told to throttle.', retryAfterSeconds)
    case 'queue':
      return { answer: 'queued', reply: { status: 202, body: { status: 'queued' }, headers } }
    case 'hang':
      return { answer: 'hang', reply: 'hang' }
    default:
      return mode satisfies never
  }
}

export function throttled(detail: string, retryAfterSeconds: number): Outcome {
  const headers = { 'retry-after': String(retryAfterSeconds) }
  return { answer: 'throttled', reply: { ...problem(429, 'Throttled', detail), headers } }
}

/** Without Retry-After: what is dead does not know when it will be back. */
export function down(detail: string): Outcome {
  return { answer: 'down', reply: problem(503, 'Down', detail) }
}

export function failed(detail: string): Outcome {
  return { answer: 'failed', reply: problem(500, 'Failed', detail) }
}
