import type { Entry } from './entry.ts'
import type { PodFacts } from './pod-facts.ts'

/** What an API server says of a pod by its name. `unknown`: it did not answer, or said something else than yes or no. */
export type PodReading = PodFacts | 'absent' | 'unknown'

export type Verdict =
  | { readonly do: 'keep' }
  /** Take it back at the service, then forget it. */
  | { readonly do: 'revoke'; readonly reason: RevocationReason }
  /** Nothing to take back: all that it has belongs to another now. */
  | { readonly do: 'forget'; readonly reason: 'Superseded' }

/** Reasons of conditions and metrics. */
export type RevocationReason = 'Asked' | 'PodGone' | 'PodEnded' | 'AddressChanged'

/**
 * What becomes of an entry. A doubt is for the pod: to revoke what a live pod has costs an outage, to keep what a dead
 * one had costs until the next look.
 *
 * | entry    | pod by its name                        | then                     |
 * |----------|----------------------------------------|--------------------------|
 * | Revoking |                                        | revoke, `Asked`          |
 * |          | unknown                                | keep                     |
 * |          | absent, or of another UID              | revoke, `PodGone`        |
 * |          | Succeeded or Failed                    | revoke, `PodEnded`       |
 * |          | has addresses, but not the entry's     | revoke, `AddressChanged` |
 * |          | any other                              | keep                     |
 *
 * `rivals` are the other entries where the service keeps its grants by address, and none where it keeps them by pod, as the
 * contract has it: what a newer one of them has is not taken back; where that is all, the entry is forgotten. That the service
 * never heard of the pod cannot be known, for a status can be lost: one revocation too many does no harm.
 */
export function judgeEntry(entry: Entry, pod: PodReading, rivals: readonly Entry[]): Verdict {
  const reason = entry.state === 'Revoking' ? 'Asked' : findReason(entry, pod)
  if (!reason) return { do: 'keep' }
  return stillHeld(entry, rivals).length > 0 ? { do: 'revoke', reason } : { do: 'forget', reason: 'Superseded' }
}

/** The entry's resources that no newer rival has at the same address: what may be taken back. */
export function stillHeld(entry: Entry, rivals: readonly Entry[]): readonly string[] {
  const holders = rivals.filter((rival) => supersedes(rival, entry))
  return entry.resources.filter((name) => !holders.some((holder) => holder.resources.includes(name)))
}

function findReason(entry: Entry, pod: PodReading): RevocationReason | null {
  if (pod === 'unknown') return null
  if (pod === 'absent' || pod.uid !== entry.uid) return 'PodGone'
  if (pod.hasEnded) return 'PodEnded'
  return pod.ips.length > 0 && !pod.ips.includes(entry.ip) ? 'AddressChanged' : null
}

/** Newer, at the same address, and known to the service. */
function supersedes(rival: Entry, entry: Entry): boolean {
  if (rival.uid === entry.uid || rival.state === 'Revoking' || rival.calls === null) return false
  return rival.createdMs > entry.createdMs && rival.ips.some((ip) => entry.ips.includes(ip))
}
