import { isWithin, normalizePath, type PathUse, pathsOf } from '../mount-paths.ts'
import { isOwn, isPreStart } from '../own-parts.ts'
import type { RawContainer, RawPod, RawResources } from '../schema/pod.ts'
import { type LxcfsFile, publishedPath } from './files.ts'

/** A container and where it is in the pod. */
export interface PlacedContainer {
  readonly list: 'initContainers' | 'containers'
  readonly index: number
  readonly container: RawContainer
}

/** What of the files goes into one container. */
export interface Placement extends PlacedContainer {
  readonly files: readonly LxcfsFile[]
  /** Those that it does not have from an earlier pass. */
  readonly missing: readonly LxcfsFile[]
  /** What is where the others would go. */
  readonly taken: readonly PathUse[]
}

/** Containers of all kinds, but for our own; the app's twin sees what the app sees. */
export const candidates = ({ spec }: RawPod): readonly PlacedContainer[] =>
  (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? [])
      .map((container, index) => ({ list, index, container }))
      .filter(({ container }) => !isOwn(container) || isPreStart(container)),
  )

/** Whether there is anything to show: a limit of the container's own, or one of the pod's. */
export const hasLimit = ({ spec }: RawPod, { resources }: RawContainer): boolean =>
  [spec.resources, resources].some(limitsSomething)

/** By what is written, be it zero: we raise the pod's own limits for our containers, and a second pass has to find what the first did. */
const limitsSomething = (resources: RawResources): boolean =>
  resources?.limits?.cpu !== undefined || resources?.limits?.memory !== undefined

/** Volumes that have a name of ours and are another thing. */
export const findForeignVolumes = ({ spec }: RawPod, files: readonly LxcfsFile[]): readonly string[] =>
  (spec.volumes ?? [])
    .filter(({ name, hostPath }) => {
      const file = files.find(({ volumeName }) => volumeName === name)
      return file && normalizePath(hostPath?.path ?? '') !== publishedPath(file)
    })
    .map(({ name }) => name)

/** Which files go into a container: those at whose path, and above it, nothing else is mounted. */
export function place(placed: PlacedContainer, files: readonly LxcfsFile[]): Placement {
  const uses = pathsOf(placed.container).map((use) => ({ ...use, path: normalizePath(use.mountPath) }))
  const isOurs = (name: string, path: string, file: LxcfsFile) => name === file.volumeName && path === file.path
  const inTheWay = (file: LxcfsFile) =>
    uses.filter(({ name, path }) => isWithin(file.path, path) && !isOurs(name, path, file))
  const free = files.filter((file) => inTheWay(file).length === 0)
  return {
    ...placed,
    files: free,
    missing: free.filter((file) => !uses.some(({ name, path }) => isOurs(name, path, file))),
    taken: [...new Set(files.flatMap(inTheWay))],
  }
}
