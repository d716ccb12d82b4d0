/** A Lease of coordination.k8s.io, as far as it is used here. */
export interface Lease {
  /** Empty: whoever had it has given it back. */
  readonly holder: string
  readonly durationMs: number
  /** resourceVersion. It changes with every renewal. */
  readonly version: string
  /** How often it has changed hands. */
  readonly transitions: number
}

/** What a candidate is to do; `wait`: somebody else has it. */
export type Step = 'create' | 'renew' | 'take' | 'wait'

/**
 * | the lease | step |
 * |---|---|
 * | is not there | create |
 * | is mine | renew |
 * | was given back, or has not been renewed for its duration | take |
 * | else | wait |
 *
 * `unchangedMs`: for how long it has been seen as it is, by the candidate's own clock. Times in the lease are of another machine's.
 */
export function nextStep(lease: Lease | undefined, me: string, unchangedMs: number): Step {
  if (!lease) return 'create'
  if (lease.holder === me) return 'renew'
  return lease.holder === '' || unchangedMs > lease.durationMs ? 'take' : 'wait'
}

export interface Leases {
  /** undefined: there is none. */
  readonly read: () => Promise<Lease | undefined>
  /** Makes `me` the holder. Rejects where somebody has written since `before` was read. */
  readonly hold: (before: Lease | undefined) => Promise<void>
  readonly giveBack: (before: Lease) => Promise<void>
}

export interface Candidate {
  readonly me: string
  readonly leases: Leases
  readonly nowMs: () => number
  /** Resolves early where the signal says so. */
  readonly pause: (ms: number, stop: AbortSignal) => Promise<void>
  /** Begins what only the leader does; `isLeading` is asked before each act. Returns its undo. */
  readonly lead: (isLeading: () => boolean) => () => void
  /** After each time that the lease could be read. */
  readonly onHeard?: () => void
  readonly onError: (error: unknown) => void
}

/** Nobody waits for the leader: a lease that is long costs the API server few writes. */
export const leaseMs = 30_000
const renewEveryMs = 5_000
/** Whoever has not renewed for so long stops by itself, well before others may begin. */
const leadsForMs = 20_000

/** Stands for leader until `stop`, and leads whenever it is; then gives the lease back. */
export async function standForLeader(candidate: Candidate, stop: AbortSignal): Promise<void> {
  const { me, leases, nowMs, pause, lead, onHeard, onError } = candidate
  let seen: { readonly version: string | undefined; readonly sinceMs: number } | undefined
  let leadsUntilMs = Number.NEGATIVE_INFINITY
  let resign: (() => void) | undefined
  const isLeading = () => nowMs() < leadsUntilMs

  async function look(): Promise<void> {
    const beganMs = nowMs()
    const lease = await leases.read()
    onHeard?.()
    if (seen?.version !== lease?.version) seen = { version: lease?.version, sinceMs: nowMs() }
    const step = nextStep(lease, me, nowMs() - (seen?.sinceMs ?? nowMs()))
    if (step === 'wait') {
      leadsUntilMs = Number.NEGATIVE_INFINITY
      return
    }
    await leases.hold(lease)
    // From before it was asked for: what the answer took is time that others have counted already.
    leadsUntilMs = beganMs + leadsForMs
  }

  while (!stop.aborted) {
    await look().catch(onError)
    if (isLeading()) resign ??= lead(isLeading)
    else {
      resign?.()
      resign = undefined
    }
    await pause(renewEveryMs, stop)
  }
  if (!resign) return
  leadsUntilMs = Number.NEGATIVE_INFINITY
  resign()
  const lease = await leases.read().catch(onError)
  if (lease?.holder === me) await leases.giveBack(lease).catch(onError)
}
