import { annotations, readAnnotation } from './annotations.ts'
import { isRecord, recordsIn } from './json.ts'
import { requiredNodeTerms } from './node-affinity.ts'
import type { Reason } from './reasons.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { PodHead } from './schema/pod.ts'

export interface Exemption {
  readonly pod: PodHead
  /** Where the pod is or will be; its own metadata may leave it out. */
  readonly namespace: string
  /** Greenroom's own. */
  readonly ownNamespace: string
  readonly policy: InjectionPolicy
}

/** Why a pod is one that nobody's annotation brings in; undefined: it is not. */
export function findExemption({ pod, namespace, ownNamespace, policy }: Exemption): Reason | undefined {
  const { metadata, spec } = pod
  if (namespace === 'kube-system' || namespace === ownNamespace) return 'NamespaceExcluded'
  if (policy.mode === 'Off') return 'PolicyOff'
  if (metadata.annotations?.[mirrorAnnotation] !== undefined) return 'MirrorPod'
  if (spec.hostNetwork) return 'HostNetwork'
  if (isForWindows(spec)) return 'WindowsPod'
  return undefined
}

/** The kubelet labels its node with it. */
export const osLabel = 'kubernetes.io/os'

/** `os` is seldom written; nodes are chosen by their label, and a rule that no node of Linux fulfils says the same. */
export function isForWindows({ os, nodeSelector, affinity }: Readonly<Record<string, unknown>>): boolean {
  if (isRecord(os) && os.name) return os.name === 'windows'
  if (isRecord(nodeSelector) && nodeSelector[osLabel] !== undefined) return nodeSelector[osLabel] === 'windows'
  const terms = requiredNodeTerms(affinity) ?? []
  return terms.length > 0 && terms.every(({ matchExpressions }) => recordsIn(matchExpressions).some(wantsWindows))
}

const wantsWindows = ({ key, operator, values }: Readonly<Record<string, unknown>>): boolean =>
  key === osLabel &&
  operator === 'In' &&
  Array.isArray(values) &&
  values.length > 0 &&
  values.every((value) => value === 'windows')

/** The kubelet writes it on the API server's image of a static pod. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror'

/** Why nobody wants the pod injected, neither itself nor its policy; undefined: somebody does. `pod` as it was heard. */
export function findAbstention(pod: Pick<PodHead, 'metadata'>, policy: InjectionPolicy): Reason | undefined {
  const inject = readAnnotation(pod, annotations.inject)
  if (inject === false) return 'InjectFalse'
  if (inject === undefined && policy.inject === 'asked') return 'NotRequested'
  return undefined
}
