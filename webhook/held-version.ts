import { annotations, readAnnotation } from '../policy/annotations.ts'
import type { RawPod } from '../policy/schema/pod.ts'

/** One version of a Deployment. */
export interface Version {
  readonly namespace: string
  readonly replicaSet: string
}

/**
 * The version whose release would let the pod come up with traffic; undefined where the pod is not held, or where nothing
 * stands for its version: StatefulSets, DaemonSets and bare pods are held one by one.
 */
export function heldVersion(pod: RawPod, namespace: string): Version | undefined {
  const isHeld = readAnnotation(pod, annotations.inject) && readAnnotation(pod, annotations.hold)
  const owner = pod.metadata.ownerReferences?.find(({ kind, controller }) => controller && kind === 'ReplicaSet')
  return isHeld && owner ? { namespace, replicaSet: owner.name } : undefined
}
