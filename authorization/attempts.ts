import { isRecord, isText, parseJson } from '../policy/json.ts'
import { type Answer, answerDetail } from './answer.ts'

/**
 * How often a pod may ask, over all restarts of its init container: one call and one retry, and what comes back slowly.
 *
 * The clock is monotonic: milliseconds since the node's boot. A wall clock that is set back and then forward again would
 * give attempts twice, one that is set back would withhold them. A boot starts it anew; the file was then written before
 * that boot, so at least the clock's whole reading has passed. No reboot, however timed, yields more time than went by.
 */
export interface Attempts {
  readonly version: 1
  /** Reading of the clock for which the two durations hold. */
  readonly asOfMs: number
  /** Until every attempt is back. */
  readonly owedMs: number
  /** Until the service wants to hear from us again (its Retry-After). */
  readonly pauseMs: number
  /** null: no call was made. */
  readonly last: LastCall | null
}

/** `unanswered` until an answer is written over it: that is how a start that was killed in its call is seen. */
export interface LastCall {
  readonly kind: Answer['kind'] | 'unanswered'
  readonly detail: string
  readonly ip: string
  /** Wall clock, ISO 8601 in UTC: for people, never computed with. */
  readonly at: string
}

/** One call and one retry. */
export const capacity = 2

/** A service that queues and names no pause, or none to speak of, is still not asked in a tight loop. */
export const leastQueuePauseMs = 1000

export function freshAttempts(nowMs: number): Attempts {
  return { version: 1, asOfMs: nowMs, owedMs: 0, pauseMs: 0, last: null }
}

/**
 * For a file that cannot be read. Counting it as unspent would let a pod with a bad disk ask at every restart, which is
 * the storm that this file is there to stop; counting it as spent costs that pod one refill.
 */
export function spentAttempts(nowMs: number, refillMs: number): Attempts {
  return { ...freshAttempts(nowMs), owedMs: capacity * refillMs }
}

/** null where the text is not what {@link Attempts} says. */
export function parseAttempts(text: string): Attempts | null {
  const value = parseJson(text)
  if (!isRecord(value) || value.version !== 1) return null
  const { asOfMs, owedMs, pauseMs } = value
  const last = value.last === null ? null : parseLast(value.last)
  if (!isDuration(asOfMs) || !isDuration(owedMs) || !isDuration(pauseMs) || last === undefined) return null
  return { version: 1, asOfMs, owedMs, pauseMs, last }
}

function parseLast(value: unknown): LastCall | undefined {
  if (!isRecord(value)) return undefined
  const { detail, ip, at } = value
  const kind = lastKinds.find((known) => known === value.kind)
  if (!kind || typeof detail !== 'string' || !isText(ip) || !isText(at)) return undefined
  return { kind, detail, ip, at }
}

const lastKinds = ['unanswered', 'granted', 'queued', 'throttled', 'refused', 'unavailable'] as const

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

/** The same attempts as of now. */
export function advance(attempts: Attempts, nowMs: number): Attempts {
  // A reading below the last one: the node was booted in between.
  const elapsedMs = nowMs >= attempts.asOfMs ? nowMs - attempts.asOfMs : nowMs
  return {
    ...attempts,
    asOfMs: nowMs,
    owedMs: Math.max(0, attempts.owedMs - elapsedMs),
    pauseMs: Math.max(0, attempts.pauseMs - elapsedMs),
  }
}

export function attemptsLeft({ owedMs }: Attempts, refillMs: number): number {
  return Math.max(0, capacity - Math.ceil(owedMs / refillMs))
}

/** Until a call is possible: an attempt is there and the service's pause is over. */
export function untilNextMs({ owedMs, pauseMs }: Attempts, refillMs: number): number {
  return Math.max(pauseMs, owedMs - (capacity - 1) * refillMs, 0)
}

/** Takes one attempt, or nothing with `spends: false`. Written before the call, so that a death in the call counts too. */
export function spend(
  attempts: Attempts,
  { spends, refillMs, ip, at }: { spends: boolean; refillMs: number; ip: string; at: string },
): Attempts {
  const owedMs = attempts.owedMs + (spends ? refillMs : 0)
  return { ...attempts, owedMs, last: { kind: 'unanswered', detail: 'the call was not answered', ip, at } }
}

/**
 * Enters the answer. A grant and a place in the queue give the attempt back: attempts bound what a service in trouble is
 * asked, and one that says yes is in none, however many sandboxes the pod goes through. A pause that it asks for is kept.
 */
export function settle(
  attempts: Attempts,
  { answer, spent, refillMs, ip, at }: { answer: Answer; spent: boolean; refillMs: number; ip: string; at: string },
): Attempts {
  const isFree = answer.kind === 'granted' || answer.kind === 'queued'
  const back = spent && isFree ? refillMs : 0
  return {
    ...attempts,
    owedMs: Math.max(0, attempts.owedMs - back),
    pauseMs: pauseOf(answer),
    last: { kind: answer.kind, detail: answerDetail(answer), ip, at },
  }
}

function pauseOf(answer: Answer): number {
  if (answer.kind === 'queued') return Math.max(answer.retryAfterMs, leastQueuePauseMs)
  return answer.kind === 'throttled' ? (answer.retryAfterMs ?? 0) : 0
}
