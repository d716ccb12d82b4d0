import type { EvictionAnswer } from './eviction.ts'
import { againMs, awaitMs, type Bearing, chooseEvictions, findFutile, type OwnerHistory } from './eviction-choice.ts'
import type { PodFacts } from './pod-facts.ts'

/** What is known when pods may be evicted. */
export type Occasion = Pick<Bearing, 'candidates' | 'webhookMs' | 'stopped'> & {
  readonly pods: () => Iterable<PodFacts>
}

export interface EvictorParts {
  readonly evict: (pod: PodFacts) => Promise<EvictionAnswer>
  /** Asked before each eviction. */
  readonly isLeading: () => boolean
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number
  readonly onAnswer: (pod: PodFacts, answer: EvictionAnswer) => void
}

export interface Evictor {
  /** Those of the candidates that show that evictions mend nothing. */
  readonly futile: (sight: Pick<Occasion, 'candidates' | 'webhookMs'>) => readonly PodFacts[]
  readonly run: (occasion: Occasion) => Promise<void>
}

/** In a cluster of thousands of missed pods an hour is better than a storm. */
const most = 10
/** What is refused takes nothing from those that may go, but the API server is asked no more often than that. */
const mostCalls = 30
const perMs = 60_000

/** Doubled with each refusal of a PodDisruptionBudget. */
const leastPauseMs = 10_000
const mostPauseMs = 300_000

/** Evicts what {@link chooseEvictions} lets it, at a bounded rate, and remembers whom. One call at a time. */
export function createEvictor({ evict, isLeading, nowMs, onAnswer }: EvictorParts): Evictor {
  const histories = new Map<string, OwnerHistory>()
  const evicted = new Set<string>()
  let calls: readonly { readonly atMs: number; readonly answer: EvictionAnswer }[] = []

  function note(ownerUid: string, answer: EvictionAnswer, pods: number): void {
    const before = histories.get(ownerUid) ?? {
      firstMs: undefined,
      evictedMs: undefined,
      pods: 0,
      refusals: 0,
      notBeforeMs: 0,
    }
    const isRow = before.evictedMs !== undefined && nowMs() - before.evictedMs < againMs
    const firstMs = isRow ? before.firstMs : nowMs()
    if (answer === 'evicted')
      histories.set(ownerUid, { firstMs, evictedMs: nowMs(), pods, refusals: 0, notBeforeMs: 0 })
    else
      histories.set(ownerUid, {
        ...before,
        refusals: before.refusals + 1,
        notBeforeMs: nowMs() + Math.min(leastPauseMs * 2 ** before.refusals, mostPauseMs),
      })
  }

  /** What no rule looks at any more. */
  function forget(): void {
    for (const [uid, { evictedMs, notBeforeMs }] of histories)
      if (Math.max(evictedMs ?? 0, notBeforeMs) + Math.max(againMs, awaitMs) < nowMs()) histories.delete(uid)
    calls = calls.filter(({ atMs }) => atMs > nowMs() - perMs)
  }

  const historyOf = (uid: string) => histories.get(uid)

  async function run({ candidates, webhookMs, stopped, pods }: Occasion): Promise<void> {
    forget()
    if (candidates.length === 0) return evicted.clear()
    const byOwner = Map.groupBy(pods(), ({ owner }) => owner?.uid)
    const podsOf = (uid: string) => byOwner.get(uid) ?? []
    const room = mostCalls - calls.length
    const chosen = chooseEvictions({ candidates, podsOf, historyOf, evicted, stopped, webhookMs, room, nowMs: nowMs() })
    for (const pod of chosen) {
      if (!isLeading() || calls.filter(({ answer }) => answer === 'evicted').length >= most) return undefined
      const atMs = nowMs()
      const answer = await evict(pod)
      calls = [...calls, { atMs, answer }]
      if (answer === 'evicted') evicted.add(pod.uid)
      const uid = pod.owner?.uid
      if (uid !== undefined) note(uid, answer, podsOf(uid).filter(({ end }) => end !== 'ended').length)
      onAnswer(pod, answer)
    }
    return undefined
  }

  return { futile: (sight) => findFutile({ ...sight, historyOf }), run }
}
