import type { Reason } from '../policy/reasons.ts'
import { oneLine } from './one-line.ts'
import type { Task } from './task.ts'

/** How one start of `greenroom-authorize` ended: the code goes to logs and status, the sentence to people. */
export type Ending =
  | { readonly code: 'AuthorizationGranted' }
  /** The journal has a grant for this very IP, and the service did not take it back in words. */
  | { readonly code: 'AuthorizationStands'; readonly detail: string }
  | { readonly code: 'AuthorizationSkipped'; readonly detail: string }
  | { readonly code: 'AuthorizationRefused'; readonly detail: string }
  | { readonly code: 'AuthorizationUnavailable'; readonly detail: string; readonly nextInMs: number }
  | { readonly code: 'AuthorizationThrottled'; readonly detail: string; readonly nextInMs: number }
  | { readonly code: 'AuthorizationQueued'; readonly detail: string; readonly nextInMs: number }
  | { readonly code: 'AuthorizationAttemptsSpent'; readonly detail: string; readonly nextInMs: number }
  /** SIGTERM. `asked`: a call was sent, so there may be a grant that nobody will ever use. */
  | { readonly code: 'AuthorizationInterrupted'; readonly asked: boolean }

/** Each has its row in the table of reasons. */
export type EndingCode = Extract<Ending['code'], Reason>

/**
 * Only 0 lets the pod go on. The others differ so that `kubectl get pod` and the node's events tell them apart; below 126,
 * where shells begin to mean something. 143 is a shell's 128 + SIGTERM.
 */
export const exitCodes: Readonly<Record<EndingCode, number>> = {
  AuthorizationGranted: 0,
  AuthorizationStands: 0,
  AuthorizationSkipped: 0,
  AuthorizationRefused: 10,
  AuthorizationUnavailable: 11,
  AuthorizationThrottled: 12,
  AuthorizationQueued: 13,
  AuthorizationAttemptsSpent: 14,
  AuthorizationInterrupted: 143,
}

/** Wrong arguments or environment (as getopt's users have it), and what nobody foresaw. */
export const misconfiguredExitCode = 2
export const failedExitCode = 1

/** The kubelet keeps 4 KiB, but tables and chat messages do not. */
export const messageLimit = 325

/**
 * One sentence: what, why, and when next. `nowMs` is the wall clock. A long reason is cut to what the rest leaves of
 * {@link messageLimit}, so that what stands behind it, the time of the next call, is never lost.
 */
export function describeEnding(ending: Ending, { body }: Task, nowMs: number): string {
  const resources = oneLine(body.resources.join(', '), resourcesLimit)
  const grant = `${resources || 'no resources'} for ${oneLine(body.application, applicationLimit)} at ${body.ip}`
  const sentence = (why: string) => `${ending.code}: ${sentenceOf(ending, { grant, why, nowMs })}.`
  const room = messageLimit - sentence('').length
  return sentence('detail' in ending ? oneLine(ending.detail, room) : '')
}

const resourcesLimit = 40
/** A label's value, where most names come from. */
const applicationLimit = 63

function sentenceOf(ending: Ending, { grant, why, nowMs }: { grant: string; why: string; nowMs: number }): string {
  switch (ending.code) {
    case 'AuthorizationGranted':
      return `${grant} is granted`
    case 'AuthorizationStands':
      return `${grant} was granted before and that stands, though not confirmed now (${why})`
    case 'AuthorizationSkipped':
      return `${grant} is not granted (${why}), and the policy lets the pod start without it`
    case 'AuthorizationRefused':
      return `${grant} is refused (${why}); this pod asks no more: correct its rights or annotations and recreate it`
    case 'AuthorizationUnavailable':
      return `${grant} is not granted (${why}); ${nextCall(ending, nowMs)}; ${newPod}`
    case 'AuthorizationThrottled':
      return `${grant} is not granted, the service throttles (${why}); ${nextCall(ending, nowMs)}`
    case 'AuthorizationQueued':
      return `${grant} is queued by the service (${why}); ${nextCall(ending, nowMs)}`
    case 'AuthorizationAttemptsSpent':
      return `${grant} was not asked for, all attempts are spent (${why}); ${nextCall(ending, nowMs)}; ${newPod}`
    case 'AuthorizationInterrupted':
      return `told to stop before ${grant} was answered`
    default:
      return ending satisfies never
  }
}

/** For whoever has mended the cause; a service that throttles or queues would gain nothing by it. */
const newPod = 'a new pod asks at once'

function nextCall({ nextInMs }: { readonly nextInMs: number }, nowMs: number): string {
  // Rounded up: a restart at the time that is shown must not be too early.
  const nextMs = Math.ceil((nowMs + nextInMs) / 1000) * 1000
  return `the first restart after ${isoSeconds(nextMs)} asks again`
}

export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
