import type { RawContainer, RawPod } from './schema/pod.ts'

/** Init containers first; sidecars are among them. */
export const allContainers = ({ spec }: Pick<RawPod, 'spec'>): readonly RawContainer[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
]

/** Whatever has a volume's name: the volumes themselves, and the mounts of each container. */
export const volumesAndMounts = (pod: RawPod): readonly { readonly name: string }[] => [
  ...(pod.spec.volumes ?? []),
  ...allContainers(pod).flatMap(({ volumeMounts }) => volumeMounts ?? []),
]
