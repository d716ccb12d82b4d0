import type { AuthorizationSettings } from '../policy/settings.ts'
import { type Answer, answerDetail } from './answer.ts'
import { type Attempts, attemptsLeft, untilNextMs } from './attempts.ts'
import type { Ending } from './ending.ts'

/** All that the two decisions of a start depend on. */
export interface Situation {
  /** As of now. */
  readonly attempts: Attempts
  readonly settings: Pick<AuthorizationSettings, 'refillMs' | 'whenUnavailable'>
  readonly ip: string
  /** The journal has a grant for this IP and nothing that took it back. */
  readonly grantStands: boolean
  /** A call of this start was unavailable and has been repeated. */
  readonly retried: boolean
  /** Of the start's limit. */
  readonly remainingMs: number
  /** From 0 to 1, for jitter. */
  readonly random: number
}

export type BeforeCall =
  | { readonly do: 'call'; readonly spends: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'end'; readonly ending: Ending }

export type AfterCall =
  | { readonly do: 'again'; readonly afterMs: number }
  | { readonly do: 'end'; readonly ending: Ending }

/** A call with less time than this would be given up before an honest answer could come. */
export const leastCallMs = 250

/** The retry's pause, drawn evenly: pods whose calls fell into one hiccup must not come back in one moment. */
export const retryPauseMs = { least: 500, most: 1500 } as const

/** Added to what the service asked us to wait: this share of it, but at least so much, for the same reason. */
const jitterShare = 0.25
const leastJitterMs = 250

/**
 * Whether this start may call now.
 *
 * | last answer for this IP | grant stands | attempts | service's pause  | then                                              |
 * |-------------------------|--------------|----------|------------------|---------------------------------------------------|
 * | refused                 |              |          |                  | ends as refused, without a call                   |
 * |                         | yes          |          | running          | ends: the grant stands                            |
 * |                         | yes          |          | over             | call that spends nothing                          |
 * | unavailable             | no           | none     |                  | `proceed`: ends as skipped; `block`: as spent     |
 * | any other               | no           | none     |                  | ends as spent                                     |
 * |                         | no           | some     | fits this start  | wait                                              |
 * |                         | no           | some     | does not fit     | ends as queued or throttled, without a call       |
 * |                         | no           | some     | over             | call that spends one                              |
 */
export function decideCall(situation: Situation): BeforeCall {
  const { attempts, settings, ip, grantStands, remainingMs } = situation
  const { last, pauseMs } = attempts
  if (last?.kind === 'refused' && last.ip === ip) return end({ code: 'AuthorizationRefused', detail: ago(attempts) })
  if (grantStands && pauseMs > 0) return end({ code: 'AuthorizationStands', detail: ago(attempts) })
  if (grantStands) return { do: 'call', spends: false }
  if (attemptsLeft(attempts, settings.refillMs) === 0) return end(withoutAttempts(situation))
  if (pauseMs === 0) return { do: 'call', spends: true }
  const ms = withJitter(pauseMs, situation)
  if (ms + leastCallMs <= remainingMs) return { do: 'wait', ms }
  const code = last?.kind === 'queued' ? 'AuthorizationQueued' : 'AuthorizationThrottled'
  return end({ code, detail: ago(attempts), nextInMs: nextInMs(situation) })
}

/**
 * What follows from an answer that is already entered in the attempts. A grant that stands is undone by a refusal only:
 * whatever else keeps the service from confirming it must not stop a pod that has it.
 *
 * | answer      | grant stands | then                                                                                     |
 * |-------------|--------------|------------------------------------------------------------------------------------------|
 * | granted     |              | ends as granted                                                                          |
 * | refused     |              | ends as refused                                                                          |
 * | any other   | yes          | ends: the grant stands                                                                   |
 * | queued      | no           | again after the service's pause, with jitter; ends as queued where this start is too short |
 * | throttled   | no           | ends as throttled                                                                        |
 * | unavailable | no           | again after a short pause, once a start, with an attempt and time left; else `proceed`: ends as skipped, `block`: as unavailable |
 */
export function decideNext(answer: Answer, situation: Situation): AfterCall {
  if (answer.kind === 'granted') return end({ code: 'AuthorizationGranted' })
  if (answer.kind === 'refused') return end({ code: 'AuthorizationRefused', detail: answer.detail })
  if (situation.grantStands) return end({ code: 'AuthorizationStands', detail: detailOf(situation.attempts) })
  switch (answer.kind) {
    case 'queued':
      return afterQueued(answerDetail(answer), situation)
    case 'throttled':
      return end({ code: 'AuthorizationThrottled', detail: answerDetail(answer), nextInMs: nextInMs(situation) })
    case 'unavailable':
      return afterUnavailable(answer.detail, situation)
    default:
      return answer satisfies never
  }
}

function afterQueued(status: string, situation: Situation): AfterCall {
  const afterMs = withJitter(situation.attempts.pauseMs, situation)
  if (afterMs + leastCallMs <= situation.remainingMs) return { do: 'again', afterMs }
  const detail = `${status}, and this start has no time left to ask again`
  return end({ code: 'AuthorizationQueued', detail, nextInMs: nextInMs(situation) })
}

function afterUnavailable(detail: string, situation: Situation): AfterCall {
  const { attempts, settings, retried, remainingMs, random } = situation
  const afterMs = Math.round(retryPauseMs.least + random * (retryPauseMs.most - retryPauseMs.least))
  const canRetry = !retried && attemptsLeft(attempts, settings.refillMs) > 0 && afterMs + leastCallMs <= remainingMs
  if (canRetry) return { do: 'again', afterMs }
  const seen = retried ? `${detail}, also when asked again` : detail
  if (settings.whenUnavailable === 'proceed') return end({ code: 'AuthorizationSkipped', detail: seen })
  return end({ code: 'AuthorizationUnavailable', detail: seen, nextInMs: nextInMs(situation) })
}

function withoutAttempts(situation: Situation): Ending {
  const { attempts, settings } = situation
  const wasDown = attempts.last?.kind === 'unavailable' || attempts.last?.kind === 'unanswered'
  if (wasDown && settings.whenUnavailable === 'proceed') return { code: 'AuthorizationSkipped', detail: ago(attempts) }
  return { code: 'AuthorizationAttemptsSpent', detail: ago(attempts), nextInMs: nextInMs(situation) }
}

function end(ending: Ending): { do: 'end'; ending: Ending } {
  return { do: 'end', ending }
}

function nextInMs({ attempts, settings }: Situation): number {
  return untilNextMs(attempts, settings.refillMs)
}

function withJitter(ms: number, { random }: Situation): number {
  return Math.round(ms + random * Math.max(ms * jitterShare, leastJitterMs))
}

/** Attempts that are spent without a call are those of a file that could not be read. */
function ago(attempts: Attempts): string {
  return attempts.last
    ? `${detailOf(attempts)} at ${attempts.last.at}`
    : 'the file that counts them was unreadable, which counts as spent'
}

function detailOf({ last }: Attempts): string {
  return last?.detail ?? 'no answer yet'
}
