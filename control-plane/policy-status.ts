import { isDeepStrictEqual } from 'node:util'
import { isRecord } from '../policy/json.ts'
import { timeText } from '../serving/time.ts'
import type { Selection } from './selection.ts'
import type { Stop } from './stops.ts'
import type { Tally } from './survey.ts'

/** What the control plane says in a policy's status; null: the field is taken out. The webhook's fields are others. */
export interface PolicyStatus {
  readonly pods: { readonly injected: number; readonly missed: number }
  /** Some of those that are missed, as `namespace/name`. */
  readonly missedPods: readonly string[] | null
  readonly lastProblem: {
    readonly time: string
    readonly namespace: string
    readonly pod: string
    readonly reason: string
    readonly message: string
  } | null
  readonly selection: { readonly digest: string; readonly since: string }
}

/** That nothing is repaired any more is the last problem for as long as it is so. */
export function policyStatus(
  { injected, missed, missedPods, lastProblem: lastOfPods }: Omit<Tally, 'injectedMs'>,
  { digest, sinceMs }: Selection,
  stop?: Stop,
): PolicyStatus {
  const lastProblem = stop ?? lastOfPods
  return {
    pods: { injected, missed },
    missedPods: missedPods.length > 0 ? missedPods : null,
    lastProblem: lastProblem
      ? {
          time: timeText(lastProblem.atMs),
          namespace: lastProblem.namespace,
          pod: lastProblem.pod,
          reason: lastProblem.reason,
          message: lastProblem.message,
        }
      : null,
    selection: { digest, since: timeText(sinceMs) },
  }
}

/** Whether the status of an object says so already. */
export function saysSo(status: unknown, wanted: PolicyStatus): boolean {
  const { pods, missedPods = null, lastProblem = null, selection } = isRecord(status) ? status : {}
  return isDeepStrictEqual({ pods, missedPods, lastProblem, selection }, wanted)
}

/** People read it; the API server keeps every write. */
const leastPauseMs = 5_000
/** A definition that does not know the fields drops them, and they are not written again and again. */
const repeatMs = 600_000

/** Decides what is written when: only what has changed, and of each policy once in a while. */
export function createStatusPace(nowMs: () => number) {
  const written = new Map<string, { readonly status: PolicyStatus; readonly atMs: number }>()
  return {
    isDue(name: string, status: PolicyStatus): boolean {
      const last = written.get(name)
      if (!last) return true
      return nowMs() - last.atMs >= (isDeepStrictEqual(last.status, status) ? repeatMs : leastPauseMs)
    },
    note: (name: string, status: PolicyStatus) => void written.set(name, { status, atMs: nowMs() }),
    forget: (isThere: (name: string) => boolean) => {
      for (const name of written.keys()) if (!isThere(name)) written.delete(name)
    },
  }
}
