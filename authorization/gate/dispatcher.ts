import type { Answer, Revocation } from '../client.ts'
import type { Entry } from '../ledger/entry.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type Batching, chooseJobs, type Job } from './queue.ts'
import type { Turns } from './turns.ts'

/** What became of a revocation. `later`: the service was not asked; whoever wants it comes again. */
export type Revoked = Revocation | { readonly kind: 'later' }

/** What the dispatcher sets off. All of it may take its time. */
export interface Work {
  /** Claims the pod's entry, before a turn is spent on it; or an outcome that needs no call. */
  readonly claimGrant: (uid: string) => Promise<Entry | Outcome>
  readonly claimRevocation: (uid: string) => Promise<Entry | Revoked>
  /** Whether the claim still has time for a call: the turn may have been long in coming. */
  readonly isClaimed: (entry: Entry) => boolean
  /** Gives a claim back that nothing was done with. */
  readonly release: (entry: Entry) => Promise<void>
  /** One call for these pods, at once, and what it said to each. */
  readonly grant: (entries: readonly [Entry, ...Entry[]]) => Promise<ReadonlyMap<string, Answer>>
  readonly revoke: (entry: Entry) => Promise<Revoked>
  /** A fault of ours, or of the API server; who waits is told to come again. */
  readonly onError: (error: unknown) => void
}

export interface Pace {
  readonly turns: Turns
  /** Calls under way at once. */
  readonly concurrency: number
  readonly batching: Batching | undefined
}

export interface Dispatcher {
  /**
   * Joins the pod's request that waits already, where it is for the same. Requests of one `group` may become one call;
   * `about` is what else the call depends on.
   */
  readonly grant: (uid: string, request: { readonly group: string; readonly about: string }) => Promise<Outcome>
  readonly revoke: (uid: string) => Promise<Revoked>
  /** How many calls come before the pod's. */
  readonly callsAhead: (uid: string) => number
  /** How many pods wait for a call. */
  readonly waiting: () => number
  /** Ends the waiting of all whose call has not begun. */
  readonly dismiss: (outcome: Outcome) => void
}

interface Grant extends Job {
  readonly kind: 'grant'
  readonly about: string
  readonly settle: (outcome: Outcome) => void
  readonly result: Promise<Outcome>
}

interface Revoke extends Job {
  readonly kind: 'revoke'
  readonly settle: (revoked: Revoked) => void
  readonly result: Promise<Revoked>
}

interface Claimed {
  readonly job: Grant | Revoke
  readonly entry: Entry
}

const later: Revoked = { kind: 'later' }
const otherwise: Outcome = {
  kind: 'queued',
  retryAfterMs: 1_000,
  detail: 'what the pod asked for before is still under way',
}
/** A service that throttles, and does not say for how long. */
const throttledPauseMs = 2_000
const failed: Outcome = { kind: 'queued', retryAfterMs: 5_000, detail: 'the gate cannot reach the API server' }

/** One line for all calls to the service: who waits, whose turn it is, how many are under way. */
export function createDispatcher(work: Work, { turns, concurrency, batching }: Pace): Dispatcher {
  const grants = new Map<string, Grant>()
  const revokes = new Map<string, Revoke>()
  const underWay = new Set<Grant | Revoke>()
  let calls = 0
  let isRunning = false
  let wake = () => {}

  const idle = (): (Grant | Revoke)[] => [...grants.values(), ...revokes.values()].filter((job) => !underWay.has(job))

  /** Ends when nobody waits; whoever comes next begins it again. */
  async function run(): Promise<void> {
    if (isRunning) return wake()
    isRunning = true
    while (idle().length > 0) await step()
    isRunning = false
  }

  // What takes an unknown time, the claim, is done before the turn: calls leave at the pace of the turns.
  async function step(): Promise<void> {
    if (calls >= concurrency) return untilWoken(Number.POSITIVE_INFINITY)
    const choice = chooseJobs(idle(), Date.now(), batching)
    if (choice.do === 'wait') return untilWoken(choice.untilMs - Date.now())
    const claimed = (await Promise.all(choice.jobs.map(claim))).flatMap((each) => each ?? [])
    if (claimed.length === 0) return
    // Failing that, it goes on without: the service has a breaker before it.
    const endTurn = await turns.next().catch(work.onError)
    // Some may have been dismissed in between, or their claims be over.
    const isDue = ({ job, entry }: Claimed) => idle().includes(job) && work.isClaimed(entry)
    for (const { entry } of claimed.filter((each) => !isDue(each))) void attempt(() => work.release(entry), undefined)
    const [first, ...rest] = claimed.filter(isDue)
    if (!first) return endTurn?.()
    const jobs = [first, ...rest] as const
    for (const { job } of jobs) underWay.add(job)
    calls += 1
    void perform(jobs).finally(() => {
      endTurn?.()
      calls -= 1
      for (const { job } of jobs) underWay.delete(job)
      void run()
    })
  }

  async function claim(job: Grant | Revoke): Promise<Claimed | undefined> {
    if (job.kind === 'grant') {
      const entry = await attempt(() => work.claimGrant(job.uid), failed)
      if ('uid' in entry) return { job, entry }
      job.settle(entry)
    } else {
      const entry = await attempt(() => work.claimRevocation(job.uid), later)
      if ('uid' in entry) return { job, entry }
      job.settle(entry)
    }
    return undefined
  }

  async function perform(jobs: readonly [Claimed, ...Claimed[]]): Promise<void> {
    const [{ job, entry }, ...rest] = jobs
    if (job.kind === 'revoke') return job.settle(await attempt(() => work.revoke(entry), later))
    const answers = await attempt(() => work.grant([entry, ...rest.map((each) => each.entry)]), null)
    for (const { job } of jobs) {
      if (job.kind === 'revoke') continue
      const answer = answers?.get(job.uid)
      // It keeps its place: that the service throttles is no fault of the pod.
      if (answer?.kind === 'throttled') turns.pause(answer.retryAfterMs ?? throttledPauseMs)
      else job.settle(answer ? outcomeOf(answer) : failed)
    }
  }

  async function attempt<T, F>(act: () => Promise<T>, otherwise: F): Promise<T | F> {
    try {
      return await act()
    } catch (error) {
      work.onError(error)
      return otherwise
    }
  }

  function untilWoken(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(Math.max(ms, 1), longestWaitMs))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    async grant(uid, { group, about }) {
      const present = grants.get(uid)
      if (present) return present.group === group && present.about === about ? present.result : otherwise
      const { promise: result, resolve } = Promise.withResolvers<Outcome>()
      const settle = (outcome: Outcome) => {
        grants.delete(uid)
        resolve(outcome)
      }
      grants.set(uid, { kind: 'grant', uid, group, about, sinceMs: Date.now(), settle, result })
      void run()
      return result
    },
    async revoke(uid) {
      const present = revokes.get(uid)
      if (present) return present.result
      const { promise: result, resolve } = Promise.withResolvers<Revoked>()
      const settle = (revoked: Revoked) => {
        revokes.delete(uid)
        resolve(revoked)
      }
      revokes.set(uid, { kind: 'revoke', uid, group: '', sinceMs: Date.now(), settle, result })
      void run()
      return result
    },
    callsAhead: (uid) => callsAhead([...grants.values()], uid, batching),
    waiting: () => grants.size + revokes.size,
    dismiss: (outcome) => {
      for (const job of grants.values()) if (!underWay.has(job)) job.settle(outcome)
    },
  }
}

/** Timers of Node overflow at a little under 25 days. */
const longestWaitMs = 60_000

function callsAhead(grants: readonly Grant[], uid: string, batching: Batching | undefined): number {
  const place = grants.findIndex((job) => job.uid === uid)
  const ahead = grants.slice(0, Math.max(place, 0))
  return batching ? new Set(ahead.map(({ group }) => group)).size : ahead.length
}
