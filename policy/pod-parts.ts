import type { RawContainer, RawPod } from './schema/pod.ts'

/** Init containers first; sidecars are among them. */
export const allContainers = ({ spec }: Pick<RawPod, 'spec'>): readonly RawContainer[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
]

/** Names of volumes: of each volume, and of each mount, which names one. */
export const volumeNames = (pod: RawPod): readonly string[] =>
  [...(pod.spec.volumes ?? []), ...allContainers(pod).flatMap(({ volumeMounts }) => volumeMounts ?? [])].map(
    ({ name }) => name,
  )
