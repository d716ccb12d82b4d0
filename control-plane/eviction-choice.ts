import type { PodFacts } from './pod-facts.ts'

/** What was done to the pods of one controller. Times are milliseconds since the epoch. */
export interface OwnerHistory {
  /** When the first of its pods was evicted, in a row without an hour's pause, and when the last; undefined: none was. */
  readonly firstMs: number | undefined
  readonly evictedMs: number | undefined
  /** How many it had then. */
  readonly pods: number
  /** How often it was asked for in vain since, as where a PodDisruptionBudget refuses it. */
  readonly refusals: number
  /** No eviction before, for that reason. */
  readonly notBeforeMs: number
}

export interface Bearing {
  /** Missed pods whose policy says `evict`, and which would be sent to the webhook now. */
  readonly candidates: readonly PodFacts[]
  readonly podsOf: (ownerUid: string) => readonly PodFacts[]
  readonly historyOf: (ownerUid: string) => OwnerHistory | undefined
  /** UIDs of pods that were evicted. */
  readonly evicted: ReadonlySet<string>
  /** UIDs of candidates of whose policies nobody is evicted any more. */
  readonly stopped: ReadonlySet<string>
  /** Since when a webhook has been Ready without a break; undefined: none is. Milliseconds since the epoch. */
  readonly webhookMs: number | undefined
  /** How many may be asked for now. */
  readonly room: number
  readonly nowMs: number
}

/** Those that make another pod at once, and lose nothing with the one that goes. */
const repairedKinds: readonly string[] = ['ReplicaSet', 'StatefulSet']

/** A webhook that comes and goes is no reason to begin. */
export const steadyMs = 30_000
/** A pod that was made in place of another is waited for, unless its controller wants fewer by now. */
export const awaitMs = 600_000
/** For so long no pod is evicted that was made after its controller had lost one to us. */
export const againMs = 3_600_000

/**
 * The pods to evict now, of each controller one: first those that were refused the least often, of these the oldest. All of these hold for each:
 *
 * | what | so that |
 * |---|---|
 * | its controller is a ReplicaSet or a StatefulSet | another one comes. Jobs lose their work, DaemonSets and bare pods are for people |
 * | a webhook has been Ready for a while, and the pod is older than that | what was missed by a webhook that was there is left alone: another would be missed too, and so on |
 * | no other missed pod of its controller is younger than that | the same, once more |
 * | evictions have not stopped for its policy | they did not mend anything |
 * | no pod that was made in place of an evicted one was missed lately | something is wrong that evictions do not mend |
 * | it was not evicted, nor made for one that was within the hour | not even a webhook that comes and goes makes a loop |
 * | where it is Ready, all pods of its controller are, and as many as before | one after another |
 */
export function chooseEvictions(bearing: Bearing): readonly PodFacts[] {
  const { candidates, webhookMs, room, nowMs } = bearing
  if (webhookMs === undefined || nowMs - webhookMs < steadyMs) return []
  const unmendable = new Set(candidates.flatMap((pod) => (pod.createdMs >= webhookMs && pod.owner?.uid) || []))
  if ([...unmendable].some((uid) => isRecent(bearing.historyOf(uid), awaitMs, nowMs))) return []
  const chosen = new Map<string, PodFacts>()
  const refusalsOf = ({ owner }: PodFacts) => (owner && bearing.historyOf(owner.uid)?.refusals) ?? 0
  // Or those that a budget never lets go would be asked for again and again before anybody else.
  const inTurn = candidates.toSorted((a, b) => refusalsOf(a) - refusalsOf(b) || a.createdMs - b.createdMs)
  for (const pod of inTurn) {
    if (chosen.size >= room) break
    const { owner } = pod
    if (!owner || !repairedKinds.includes(owner.kind)) continue
    if (unmendable.has(owner.uid) || chosen.has(owner.uid)) continue
    if (bearing.evicted.has(pod.uid) || bearing.stopped.has(pod.uid)) continue
    if (isItsTurn(pod, owner.uid, bearing)) chosen.set(owner.uid, pod)
  }
  return [...chosen.values()]
}

/** The candidates that were made in place of evicted ones while a webhook was Ready: it is not reached. */
export const findFutile = ({
  candidates,
  historyOf,
  webhookMs,
}: Pick<Bearing, 'candidates' | 'historyOf' | 'webhookMs'>) =>
  candidates.filter((pod) => {
    const history = pod.owner && historyOf(pod.owner.uid)
    return webhookMs !== undefined && pod.createdMs >= webhookMs && history && isReplacement(pod, history)
  })

const isRecent = (history: OwnerHistory | undefined, withinMs: number, nowMs: number) =>
  history?.evictedMs !== undefined && nowMs - history.evictedMs < withinMs

function isItsTurn(pod: PodFacts, ownerUid: string, { podsOf, historyOf, nowMs }: Bearing): boolean {
  const history = historyOf(ownerUid)
  if (history && nowMs < history.notBeforeMs) return false
  if (history && isReplacement(pod, history) && isRecent(history, againMs, nowMs)) return false
  const siblings = podsOf(ownerUid).filter(({ end }) => end !== 'ended')
  if (siblings.some(({ end }) => end === 'deleting')) return false
  if (history && isRecent(history, awaitMs, nowMs) && siblings.length < history.pods) return false
  return pod.readyMs === undefined || siblings.every(({ readyMs }) => readyMs !== undefined)
}

/** Clocks differ, and creations are in whole seconds; pods that may be evicted are older than the first eviction by this much at least. */
const isReplacement = ({ createdMs }: PodFacts, { firstMs }: OwnerHistory) =>
  firstMs !== undefined && createdMs > firstMs - steadyMs
