import { annotations } from '../policy/annotations.ts'
import { findAbstention, findExemption } from '../policy/exemption.ts'
import { hearPod } from '../policy/overrides.ts'
import type { Reason } from '../policy/reasons.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { PodFacts } from './pod-facts.ts'
import type { Tenure } from './tenure.ts'

/** What became of a pod, as it is now. */
export type Verdict =
  | { readonly kind: 'injected' }
  | { readonly kind: 'skipped' | 'unwanted'; readonly reason: string }
  | { readonly kind: 'before' }
  /** `isSure`: it was to be injected when it was created. Else it may have been right then. */
  | { readonly kind: 'missed'; readonly isSure: boolean }

export interface Case {
  readonly pod: PodFacts
  readonly policy: InjectionPolicy
  /** Since when the policy has held for the pod. */
  readonly tenure: Tenure
  /** Since when Greenroom is here; milliseconds since the epoch. */
  readonly installedMs: number
  /** Greenroom's own namespace. */
  readonly ownNamespace: string
}

/**
 * The first row that fits decides. That a pod was injected is seen at its container and not at what is written on it, for people copy templates
 * with the annotations of pods.
 *
 * | the pod | verdict |
 * |---|---|
 * | has the sidecar | injected |
 * | of an excluded namespace, policy Off, mirror, hostNetwork, Windows | unwanted |
 * | carries the record of a skip | skipped |
 * | says that it is not to be, and the policy lets it; or neither it nor the policy asks | unwanted |
 * | asks, and is older than Greenroom | before |
 * | has asked since it was created | missed |
 * | asks since later, or nobody knows since when, and the policy does not | missed, perhaps |
 * | is older than what selects it | before |
 * | else | missed; perhaps, where nobody knows whether what selects it did so then |
 */
export function judge({ pod, policy, tenure, installedMs, ownNamespace }: Case): Verdict {
  if (pod.isInjected) return { kind: 'injected' }
  const exemption = findExemption({ pod: pod.head, namespace: pod.namespace, ownNamespace, policy })
  if (exemption) return unwanted(exemption)
  if (pod.recorded?.decision === 'skip') return { kind: 'skipped', reason: pod.recorded.reason }
  const { pod: heard } = hearPod(pod.head, policy)
  const abstention = findAbstention(heard, policy)
  if (abstention) return unwanted(abstention)
  // Here and below: in the second in which both were made nobody knows which was first.
  if (pod.createdMs <= installedMs) return { kind: 'before' }
  const isAsked = findAbstention(heard, { ...policy, inject: 'asked' }) === undefined
  const isAskedLater = isAsked && annotations.inject.key in pod.laterMs
  if (isAsked && !isAskedLater) return { kind: 'missed', isSure: true }
  if (policy.inject === 'asked') return { kind: 'missed', isSure: false }
  return pod.createdMs <= tenure.sinceMs ? { kind: 'before' } : { kind: 'missed', isSure: tenure.isSure }
}

const unwanted = (reason: Reason): Verdict => ({ kind: 'unwanted', reason })
