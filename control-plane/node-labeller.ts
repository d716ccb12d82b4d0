import { codeOf } from '../serving/api-error.ts'
import type { Reflection } from '../serving/reflector.ts'
import { type NodeFacts, nodesToLabel, readyAgentNodes } from './node-labels.ts'
import type { LabelWriter } from './nodes.ts'
import type { PodFacts } from './pod-facts.ts'

export interface NodeLabellerParts {
  readonly follow: () => Pick<Reflection<NodeFacts>, 'isSynced' | 'get' | 'put' | 'stop'>
  readonly writeLabel: LabelWriter
  /** Asked before each write. */
  readonly isLeading: () => boolean
  readonly nowMs: () => number
  readonly onLabelled: (name: string) => void
  readonly onError: (error: unknown, name: string) => void
}

export interface NodeLabeller {
  /** One call at a time. */
  readonly round: (pods: Iterable<PodFacts>) => Promise<void>
  readonly stop: () => void
}

/** A large cluster gets its agents all at once. */
const mostAtOnce = 50
/** Nothing that refuses a label is mended sooner. */
export const refusedPauseMs = 60_000

/** Labels the nodes whose agent of lxcfs is Ready for the first time. */
export function createNodeLabeller(parts: NodeLabellerParts): NodeLabeller {
  const { follow, writeLabel, isLeading, nowMs, onLabelled, onError } = parts
  let nodes: ReturnType<typeof follow> | undefined
  const notBeforeMs = new Map<string, number>()
  let forbiddenMs = Number.NEGATIVE_INFINITY

  function refuse(error: unknown, name: string): void {
    notBeforeMs.set(name, nowMs() + refusedPauseMs)
    // Where the permission is missing, it is for each node.
    if (codeOf(error) === 403) {
      if (nowMs() - forbiddenMs < refusedPauseMs) return
      forbiddenMs = nowMs()
    }
    onError(error, name)
  }

  async function round(pods: Iterable<PodFacts>): Promise<void> {
    const ready = readyAgentNodes(pods)
    if (ready.size === 0) {
      // Nor after: the permission to look at nodes comes, and goes, with the agent.
      nodes?.stop()
      nodes = undefined
      return
    }
    if (!isLeading()) return
    nodes ??= follow()
    const { isSynced, get, put } = nodes
    if (!isSynced()) return
    for (const [name, ms] of notBeforeMs) if (ms <= nowMs()) notBeforeMs.delete(name)
    const due = nodesToLabel(ready, get).filter((name) => !notBeforeMs.has(name))
    for (const name of due.slice(0, mostAtOnce)) {
      if (!isLeading()) return
      try {
        const node = await writeLabel(name)
        if (!node) continue
        put(node)
        onLabelled(name)
      } catch (error) {
        refuse(error, name)
      }
    }
  }

  return { round, stop: () => nodes?.stop() }
}
