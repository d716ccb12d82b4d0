import type { Entry } from './entry.ts'
import type { Ledger } from './ledger.ts'
import type { Pods } from './pods.ts'
import type { RevocationLimit } from './revocation-limit.ts'
import { judgeEntry, type RevocationReason, type Verdict } from './verdict.ts'

export interface ReconcilerParts {
  readonly ledger: Ledger
  readonly pods: Pods
  readonly limit: RevocationLimit
  readonly rivalsOf: (entry: Entry) => readonly Entry[]
  /** Whether it was taken back; if not, it is tried again later. */
  readonly revoke: (uid: string) => Promise<boolean>
  readonly onRevoke: (entry: Entry, reason: RevocationReason | 'Superseded') => void
  /** The limit stops one. */
  readonly onHeld: (entry: Entry) => void
  readonly onError: (error: unknown) => void
}

export interface Reconciler {
  /** Looks at an entry soon: something about it or its pod has changed. */
  readonly look: (uid: string) => void
  /** At all of them, as it does by itself from time to time. */
  readonly sweep: () => void
  /** Entries that the limit holds back. */
  readonly held: () => number
  readonly stop: () => void
}

/** What no event tells of is seen by this. */
const sweepMs = 30_000
const leastRetryMs = 5_000
const mostRetryMs = 300_000
/** Each look may be a call to the API server. */
const looksAtOnce = 4

/**
 * Takes back what the dead have left. Entries are compared with a copy of the pods; only one that seems dead is looked up
 * at the API server, and only its own word counts. Nothing is done before both copies are whole.
 */
export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { ledger, pods, limit, rivalsOf, revoke, onRevoke, onHeld, onError } = parts
  const due = new Set<string>()
  const retries = new Map<string, { readonly atMs: number; readonly afterMs: number }>()
  const held = new Set<string>()
  let looking = 0

  function drain(): void {
    if (!ledger.isSynced() || !pods.isSynced()) return
    for (const uid of due) {
      if (looking >= looksAtOnce) return
      due.delete(uid)
      if ((retries.get(uid)?.atMs ?? 0) > performance.now()) continue
      looking += 1
      void lookAt(uid)
        .catch(onError)
        .finally(() => {
          looking -= 1
          drain()
        })
    }
  }

  async function lookAt(uid: string): Promise<void> {
    const entry = ledger.get(uid)
    if (!entry) retries.delete(uid)
    if (!entry || !seemsDead(entry)) {
      held.delete(uid)
      return
    }
    const reading = entry.state === 'Revoking' ? 'unknown' : await pods.read(entry.namespace, entry.pod)
    await act(entry, judgeEntry(entry, reading, rivalsOf(entry)))
  }

  function seemsDead(entry: Entry): boolean {
    const pod = pods.get(entry.uid)
    return entry.state === 'Revoking' || !pod || pod.hasEnded || (pod.ips.length > 0 && !pod.ips.includes(entry.ip))
  }

  async function act(entry: Entry, verdict: Verdict): Promise<void> {
    if (verdict.do === 'keep' || verdict.reason === 'Asked') held.delete(entry.uid)
    if (verdict.do === 'keep') return
    if (verdict.do === 'forget') {
      if ((await ledger.remove(entry)) === 'removed') onRevoke(entry, verdict.reason)
      return
    }
    if (verdict.reason !== 'Asked' && !(await mark(entry, verdict.reason))) return
    if (!(await revoke(entry.uid))) later(entry.uid)
  }

  /** Written down first, so that a replica that dies in between leaves it decided. */
  async function mark(entry: Entry, reason: RevocationReason): Promise<boolean> {
    const granted = [...ledger.all()].filter(({ state }) => state === 'Granted').length
    if (!limit.take(granted, Date.now())) {
      held.add(entry.uid)
      onHeld(entry)
      later(entry.uid)
      return false
    }
    held.delete(entry.uid)
    if (typeof (await ledger.write(entry, { state: 'Revoking' })) === 'string') return false
    onRevoke(entry, reason)
    return true
  }

  function later(uid: string): void {
    const afterMs = Math.min((retries.get(uid)?.afterMs ?? leastRetryMs / 2) * 2, mostRetryMs)
    retries.set(uid, { atMs: performance.now() + afterMs, afterMs })
    setTimeout(() => look(uid), afterMs + 1).unref()
  }

  function look(uid: string): void {
    due.add(uid)
    drain()
  }

  function sweep(): void {
    for (const { uid } of ledger.all()) due.add(uid)
    drain()
  }

  const timer = setInterval(sweep, sweepMs)
  return { look, sweep, held: () => held.size, stop: () => clearInterval(timer) }
}
