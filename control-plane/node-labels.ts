import { isRecord, isText } from '../policy/json.ts'
import { nodeLabel } from '../policy/lxcfs/files.ts'
import { textsOf } from '../serving/policies/namespace.ts'
import type { PodFacts } from './pod-facts.ts'

/** What is kept of a node of the cluster. */
export interface NodeFacts {
  readonly name: string
  /** resourceVersion. */
  readonly version: string
  /** It has the label, whatever that says: another value than ours is somebody's will. */
  readonly isLabelled: boolean
}

/** null where the object is no node. Takes the API server's JSON as well as what its client makes of it. */
export function parseNodeFacts(object: unknown): NodeFacts | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null
  const { name, resourceVersion: version, labels } = object.metadata
  if (!isText(name) || !isText(version)) return null
  return { name, version, isLabelled: nodeLabel in textsOf(labels) }
}

/**
 * Names of the nodes whose agent of lxcfs is Ready. One that is on its way out says nothing: whoever uninstalls it takes the label away meanwhile,
 * and it does not come back.
 */
export function readyAgentNodes(pods: Iterable<PodFacts>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { agentNode, readyMs, end } of pods)
    if (agentNode !== undefined && readyMs !== undefined && end === undefined) names.add(agentNode)
  return names
}

/**
 * Those that are to be labelled. None ever loses its label to us: a kubelet that restarts admits its pods once more, asks their node selectors
 * again, and fails those that do not fit.
 */
export const nodesToLabel = (
  ready: ReadonlySet<string>,
  nodeOf: (name: string) => NodeFacts | undefined,
): readonly string[] => [...ready].filter((name) => nodeOf(name)?.isLabelled === false)
