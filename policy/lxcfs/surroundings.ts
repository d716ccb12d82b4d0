import type { Labels } from '../label-selector.ts'

/** A node that has the agent. */
export interface LxcfsNode {
  readonly name: string
  readonly labels: Labels
}

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export type PodSecurity = 'privileged' | 'baseline' | 'restricted'

/** What a pod's lxcfs mounts depend on beside the pod and its policy. */
export interface LxcfsSurroundings {
  /** Enforced in the pod's namespace. */
  readonly podSecurity: PodSecurity
  /** All that have the agent. */
  readonly nodes: readonly LxcfsNode[]
}

/** Where there is no cluster to ask. */
export const noCluster: LxcfsSurroundings = { podSecurity: 'privileged', nodes: [] }

export const podSecurityLabel = 'pod-security.kubernetes.io/enforce'

/** The level that a namespace's labels ask for. The API server takes a word that it does not know for the strictest. */
export function podSecurityOf(labels: Labels): PodSecurity {
  const level = labels[podSecurityLabel] ?? 'privileged'
  return level === 'privileged' || level === 'baseline' ? level : 'restricted'
}
