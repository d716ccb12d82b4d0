import { volumesAndMounts } from '../../policy/pod-parts.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import type { Fingerprint } from './fingerprint.ts'

/**
 * Whether the name that differs between pods of one fingerprint is that of a volume, and nothing else: in another place, such as a label or
 * a message, it may mean anything.
 */
export const isOfVolumeOnly = ({ tokenVolume, tokenPlaces }: Fingerprint, pod: RawPod): boolean =>
  volumesAndMounts(pod).filter(({ name }) => name === tokenVolume).length === tokenPlaces
