import { type LxcfsFile, nodeLabel, publishedPath } from '../../policy/lxcfs/files.ts'
import { lxcfsMount } from '../mounts.ts'
import { add, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'

/** The pod waits until the file is there: what is not yet published is no file. */
const volumeOf = (file: LxcfsFile) => ({
  name: file.volumeName,
  hostPath: { path: publishedPath(file), type: 'File' },
})

/** The files that show containers their own limits. Only nodes that have the agent have them, so the pod has to be on one. */
export const addLxcfs: Mutator = ({ pod: { spec }, injection: { lxcfs } }) => {
  const { files, placements } = lxcfs
  if (files.length === 0) return []
  const volumes = files.filter(({ volumeName }) => !spec.volumes?.some(({ name }) => name === volumeName))
  // Another value is somebody's own choice of nodes.
  const isChosen = spec.nodeSelector?.[nodeLabel] !== undefined
  return [
    ...volumes.map((file) => add('/spec/volumes/-', volumeOf(file))),
    ...placements.flatMap(({ list, index, missing }) =>
      missing.map((file) => add(pointer('spec', list, index, 'volumeMounts', '-'), lxcfsMount(file))),
    ),
    ...(isChosen ? [] : [add(`/spec/nodeSelector${pointer(nodeLabel)}`, 'true')]),
  ]
}
