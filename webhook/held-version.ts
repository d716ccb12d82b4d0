import { annotations, readAnnotation } from '../policy/annotations.ts'
import { wantsHold } from '../policy/hold.ts'
import type { RawPod } from '../policy/schema/pod.ts'

/** One version of a Deployment. */
export interface Version {
  readonly namespace: string
  readonly replicaSet: string
}

/**
 * The version whose release would let the pod come up with traffic, if it is injected; undefined where the pod is not held, or where nothing
 * stands for its version: StatefulSets, DaemonSets and bare pods are held one by one.
 */
export function heldVersion(pod: RawPod, namespace: string): Version | undefined {
  const isHeld = readAnnotation(pod, annotations.inject) !== false && wantsHold(pod)
  const owner = pod.metadata.ownerReferences?.find(({ kind, controller }) => controller && kind === 'ReplicaSet')
  return isHeld && owner ? { namespace, replicaSet: owner.name } : undefined
}
