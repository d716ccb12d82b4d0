import { createHash } from 'node:crypto'
import { annotations } from '../policy/annotations.ts'
import type { NamedPolicy } from '../policy/choose-policy.ts'
import { isRecord, isText } from '../policy/json.ts'
import { keyPrefix } from '../policy/names.ts'
import { fitsPattern } from '../policy/pattern.ts'
import { writtenMs } from '../serving/managed-fields.ts'
import type { StoredPolicy } from '../serving/policies/cluster.ts'

/** Since when a policy has held for the pods that it holds for now. Kept in its status, for nobody else remembers. */
export interface Selection {
  /** Of all that decides which pods these are. */
  readonly digest: string
  /** Milliseconds since the epoch, in whole seconds. */
  readonly sinceMs: number
}

/**
 * The selection of each policy, by name. What holds for a pod follows from a policy and from those that are asked before it, so a change of any of
 * them begins a new selection: at the time of the latest write of their specs, or now where that is not it, as after a deletion.
 */
export function readSelections(
  ordered: readonly NamedPolicy[],
  storedOf: (name: string) => StoredPolicy | undefined,
  { before, nowMs }: { readonly before: ReadonlyMap<string, Selection>; readonly nowMs: number },
): ReadonlyMap<string, Selection> {
  const hash = createHash('sha256')
  const selections = new Map<string, Selection>()
  let writtenLastMs = 0
  for (const named of ordered) {
    const { name } = named
    const stored = storedOf(name)
    hash.update(`${JSON.stringify(selectingPart(named))}\n`)
    writtenLastMs = Math.max(writtenLastMs, specWrittenMs(stored) ?? wholeSeconds(nowMs))
    const digest = hash.copy().digest('hex').slice(0, 16)
    const known = before.get(name) ?? recordedSelection(stored?.status)
    selections.set(name, known?.digest === digest ? known : { digest, sinceMs: beginOf(known, writtenLastMs, nowMs) })
  }
  return selections
}

const beginOf = (known: Selection | undefined, writtenLastMs: number, nowMs: number) =>
  known === undefined || writtenLastMs > known.sinceMs ? writtenLastMs : wholeSeconds(nowMs)

const wholeSeconds = (ms: number) => Math.floor(ms / 1000) * 1000

/** Other fields say what is done to a pod, not to which one. */
function selectingPart({ name, policy }: NamedPolicy) {
  const { mode, priority, inject, namespaceSelector, podSelector, optOut, overrides } = policy
  const mayAsk = overrides.some((pattern) => fitsPattern(pattern, annotations.inject.key.slice(keyPrefix.length)))
  return { name, mode, priority, inject, namespaceSelector, podSelector, optOut, mayAsk }
}

const specWrittenMs = (stored: StoredPolicy | undefined) => writtenMs(stored?.metadata, ['spec'])

/** What a control plane before this one has found. */
function recordedSelection(status: unknown): Selection | undefined {
  const selection = isRecord(status) ? status.selection : undefined
  if (!isRecord(selection) || !isText(selection.digest) || !isText(selection.since)) return undefined
  const sinceMs = Date.parse(selection.since)
  return Number.isNaN(sinceMs) ? undefined : { digest: selection.digest, sinceMs }
}
