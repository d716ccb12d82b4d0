import { annotations, readAnnotation } from './annotations.ts'
import type { RawPod } from './schema/pod.ts'

/** Whether the pod asks to come up without traffic. What cannot be read counts as yes, for traffic is what does harm. */
export const wantsHold = (pod: RawPod): boolean =>
  readAnnotation(pod, annotations.hold) ?? pod.metadata.annotations?.[annotations.hold.key] !== undefined
