import type { RawPod } from '../../policy/schema/pod.ts'
import type { Fingerprint } from './fingerprint.ts'

/**
 * Whether the name that differs between pods of one fingerprint is that of a volume, and nothing else: in another place, such as a label or
 * a message, it may mean anything.
 */
export function isOfVolumeOnly({ tokenVolume, tokenPlaces }: Fingerprint, { spec }: RawPod): boolean {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  const names = [...(spec.volumes ?? []), ...containers.flatMap(({ volumeMounts }) => volumeMounts ?? [])]
  return names.filter(({ name }) => name === tokenVolume).length === tokenPlaces
}
