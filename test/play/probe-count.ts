import type { ReadinessProbe } from './pod.ts'

/** How a container's readiness stands after some probes: what it counts as, and how many results in a row say otherwise. */
export interface ProbeCount {
  readonly ready: boolean
  readonly against: number
}

/** Every container with a readiness probe starts unready. */
export const unprobed: ProbeCount = { ready: false, against: 0 }

/** One more result: readiness flips when as many in a row as the threshold speak against it. */
export function countProbe(
  { ready, against }: ProbeCount,
  passed: boolean,
  thresholds: Pick<ReadinessProbe, 'successThreshold' | 'failureThreshold'>,
): ProbeCount {
  if (passed === ready) return { ready, against: 0 }
  const needed = passed ? thresholds.successThreshold : thresholds.failureThreshold
  return against + 1 >= needed ? { ready: passed, against: 0 } : { ready, against: against + 1 }
}

/** The kubelet takes any answer from 200 to 399. */
export function isPassing(status: number): boolean {
  return status >= 200 && status < 400
}

/**
 * When the next probe starts. A tick that fell into a running probe is not lost: one is kept, as in Go's time.Ticker, so
 * a probe that outlasts its period is followed at once by the next.
 */
export function nextProbeAt(firstMs: number, periodMs: number, startedMs: number, endedMs: number): number {
  const tick = firstMs + (Math.floor((startedMs - firstMs) / periodMs) + 1) * periodMs
  return Math.max(tick, endedMs)
}
