/** Work for one pod at the service. */
export interface Job {
  readonly uid: string
  readonly kind: 'grant' | 'revoke'
  /** Jobs of one group may share a call. Empty: never. */
  readonly group: string
  readonly sinceMs: number
}

export interface Batching {
  /** How long the first of a group waits for others. */
  readonly windowMs: number
  readonly most: number
}

/** What to do next. `untilMs`: nothing is ready before that time. */
export type Choice<J extends Job> =
  | { readonly do: 'call'; readonly jobs: readonly [J, ...J[]] }
  | { readonly do: 'wait'; readonly untilMs: number }

/** A revocation gives way to pods that wait, but not for longer than this. */
export const revokePatienceMs = 5_000

/**
 * Which jobs the next call is for. Grants in the order in which they came; a revocation where no grant waits, or when it
 * has waited long enough.
 *
 * | first in line           | then                                                                  |
 * |-------------------------|-----------------------------------------------------------------------|
 * | a revocation, patient   | the oldest grant that is ready, else the revocation                   |
 * | a revocation, impatient | the revocation                                                        |
 * | a grant, no batches     | that grant                                                            |
 * | a grant of a group      | the group, when it is full or its window is over; else who comes next |
 */
export function chooseJobs<J extends Job>(
  waiting: readonly J[],
  nowMs: number,
  batching: Batching | undefined,
): Choice<J> {
  const revokes = waiting.filter(({ kind }) => kind === 'revoke')
  const impatient = revokes.find(({ sinceMs }) => nowMs - sinceMs >= revokePatienceMs)
  if (impatient) return { do: 'call', jobs: [impatient] }
  const grants = waiting.filter(({ kind }) => kind === 'grant')
  const groups = [...Map.groupBy(grants, (job) => (batching && job.group ? job.group : job.uid)).values()]
  const ready = groups.find((jobs) => readyAt(jobs, batching) <= nowMs)
  const [first, ...rest] = ready?.slice(0, batching?.most ?? 1) ?? []
  if (first) return { do: 'call', jobs: [first, ...rest] }
  const [revoke] = revokes
  if (revoke) return { do: 'call', jobs: [revoke] }
  return { do: 'wait', untilMs: Math.min(...groups.map((jobs) => readyAt(jobs, batching))) }
}

function readyAt(jobs: readonly Job[], batching: Batching | undefined): number {
  const [first] = jobs
  if (!first || !batching || !first.group || jobs.length >= batching.most) return 0
  return first.sinceMs + batching.windowMs
}
