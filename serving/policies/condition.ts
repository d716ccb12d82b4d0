import { isRecord, recordsIn } from '../../policy/json.ts'
import { newestVersion } from '../../policy/version-order.ts'
import { timeText } from '../time.ts'
import type { Reading } from './book.ts'

/** What is known of the object that was read. */
export interface Observed {
  readonly generation: number
  readonly spec?: unknown
  /** As it is now; whatever somebody wrote. */
  readonly status: unknown
  /** Release of the writer. */
  readonly version: string
  readonly nowMs: number
}

/**
 * What the status of a policy is to say, its condition `Accepted`; undefined: it says so already, or a newer release has judged this generation.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 */
export function acceptedStatus(reading: Reading, { generation, spec, status, version, nowMs }: Observed) {
  const present = isRecord(status) ? status : {}
  const conditions = recordsIn(present.conditions)
  const before = conditions.find(({ type }) => type === 'Accepted')
  const wanted =
    reading.kind === 'accepted'
      ? { status: 'True', reason: 'Accepted', message: 'The policy holds.' }
      : {
          status: 'False',
          reason: reading.problem.code,
          message: `${reading.problem.message} The version before it holds.`,
        }
  const judged = typeof present.version === 'string' ? present.version : undefined
  const isJudged = before?.observedGeneration === generation && judged !== undefined
  const isSame = before?.status === wanted.status && before.message === wanted.message
  if (isJudged && judged === version && isSame) return undefined
  // Two releases would else overwrite each other without end while one replaces the other.
  if (isJudged && judged !== version && newestVersion(judged, version) === judged) return undefined
  const hasTurned = before?.status !== wanted.status
  const since = !hasTurned && typeof before?.lastTransitionTime === 'string' ? before.lastTransitionTime : undefined
  const condition = {
    type: 'Accepted',
    ...wanted,
    observedGeneration: generation,
    lastTransitionTime: since ?? timeText(nowMs),
  }
  const others = conditions.filter(({ type }) => type !== 'Accepted')
  const accepted = reading.kind === 'accepted' && { accepted: replacing(present.accepted, spec ?? {}) }
  return { version, conditions: [...others, condition], ...accepted }
}

/** A merge patch keeps what it does not name, so what is gone is named, as null: https://www.rfc-editor.org/rfc/rfc7396 */
function replacing(before: unknown, after: unknown): unknown {
  if (!isRecord(before) || !isRecord(after)) return after
  const gone = Object.keys(before).filter((key) => !(key in after))
  return Object.fromEntries([
    ...gone.map((key) => [key, null]),
    ...Object.entries(after).map(([key, value]) => [key, replacing(before[key], value)]),
  ])
}

/** The spec that was accepted last: what holds while a later one cannot be read, also for a replica that starts meanwhile. */
export const acceptedSpec = (status: unknown): unknown => (isRecord(status) ? status.accepted : undefined)
