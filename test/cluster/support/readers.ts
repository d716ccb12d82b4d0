import type { Outage } from './lxcfs.ts'
import { readReports } from './lxcfs.ts'
import type { Pod } from './pod.ts'
import { untilTrue } from './until-true.ts'

/** What all readers together tell of the time since a moment. */
export interface Summary {
  readonly files: number
  readonly isOut: boolean
  readonly outages: readonly Outage[]
  readonly worstMs: number
  readonly worstFailedMs: number
  readonly slowestMs: number
  /** Reads by verdict, since the pods have started. */
  readonly counts: Readonly<Record<string, number>>
}

export async function summaryOf(pods: readonly Pod[], sinceMs: number): Promise<Summary> {
  const reports = (await Promise.all(pods.map(readReports))).flat()
  // An outage begins with the last read before it that was right.
  const outages = reports.flatMap((report) => report.outages.filter(({ beganMs }) => beganMs >= sinceMs - 100))
  const counts: Record<string, number> = {}
  for (const report of reports)
    for (const [verdict, count] of Object.entries(report.counts)) counts[verdict] = (counts[verdict] ?? 0) + count
  return {
    files: reports.length,
    isOut: reports.some(({ isOut }) => isOut),
    outages,
    worstMs: Math.max(0, ...outages.map(({ ms }) => ms)),
    worstFailedMs: Math.max(0, ...outages.map(({ failedMs }) => failedMs)),
    slowestMs: Math.max(...reports.map(({ slowestMs }) => slowestMs)),
    counts,
  }
}

/** Resolves once some have noticed, and all see what is right again; with what it cost. */
export async function untilHealed(pods: readonly Pod[], sinceMs: number, withinMs = 30_000): Promise<Summary> {
  let last: Summary | undefined
  const isHealed = async () => {
    last = await summaryOf(pods, sinceMs)
    return last.outages.length > 0 && !last.isOut
  }
  const at = await untilTrue(isHealed, Date.now() + withinMs, 100)
  if (at === null || !last) throw new Error(`not healed within ${withinMs} ms: ${JSON.stringify(last?.counts)}`)
  return last
}
