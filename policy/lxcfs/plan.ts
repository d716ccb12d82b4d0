import { annotations, readAnnotation } from '../annotations.ts'
import { GreenroomError } from '../greenroom-error.ts'
import { isOwn } from '../own-parts.ts'
import type { InjectionPolicy } from '../schema/injection-policy.ts'
import type { RawPod } from '../schema/pod.ts'
import { filesByRuntime, type LxcfsFile } from './files.ts'
import { findObstacle } from './left-out.ts'
import { candidates, findForeignVolumes, hasLimit, type PlacedContainer, type Placement, place } from './placement.ts'
import type { LxcfsSurroundings } from './surroundings.ts'

/** Which files of lxcfs go where in a pod. */
export interface LxcfsPlan {
  /** Those that any container has; the pod needs their volumes, and a node with the agent. */
  readonly files: readonly LxcfsFile[]
  /** Of the containers that have any. */
  readonly placements: readonly Placement[]
  /** Who and what is left out, and why. */
  readonly problems: readonly GreenroomError[]
}

export interface LxcfsQuestion {
  readonly pod: RawPod
  readonly policy: InjectionPolicy
  readonly lxcfs: LxcfsSurroundings
}

const nothing: LxcfsPlan = { files: [], placements: [], problems: [] }

/**
 * What a pod gets of lxcfs. Nobody is denied for its sake.
 *
 * | the pod | files | problem |
 * |---|---|---|
 * | does not want it | none | none |
 * | prefers it, and no node that it may run on has the agent | none | LxcfsNotInstalled |
 * | is in a namespace that refuses hostPath | none | LxcfsPodSecurity |
 * | has a user namespace of its own | none | LxcfsUserNamespace |
 * | has a runtime class that the policy excludes | none | LxcfsRuntimeClass |
 * | has containers without a limit | none in those | LxcfsNoLimits |
 * | has something at or above a file's path, or in place of its volume | all but that | LxcfsPathTaken |
 * | has containers that see each other's processes | all | LxcfsSharedProcesses |
 */
export function planLxcfs({ pod, policy, lxcfs }: LxcfsQuestion): LxcfsPlan {
  const mode = readAnnotation(pod, annotations.lxcfs) ?? policy.lxcfs.mode
  if (mode === 'off') return nothing
  const obstacle = findObstacle({ spec: pod.spec, mode, policy, lxcfs })
  return obstacle ? { ...nothing, problems: [obstacle] } : placeAll(pod, filesByRuntime[policy.lxcfs.runtime])
}

function placeAll(pod: RawPod, files: readonly LxcfsFile[]): LxcfsPlan {
  const all = candidates(pod)
  const limited = all.filter(({ container }) => hasLimit(pod, container))
  const foreign = limited.length > 0 ? findForeignVolumes(pod, files) : []
  const free = files.filter(({ volumeName }) => !foreign.includes(volumeName))
  const placements = limited.map((each) => place(each, free))
  const used = free.filter((file) => placements.some((each) => each.files.includes(file)))
  const problems = [
    findUnlimited(all.filter((each) => !limited.includes(each))),
    findTaken(placements, foreign),
    used.length > 0 ? findSharedProcesses(pod) : undefined,
  ]
  return {
    files: used,
    placements: placements.filter((each) => each.files.length > 0),
    problems: problems.filter((problem) => problem !== undefined),
  }
}

/** Nobody can mend what is ours, and the app's twin has what the app has. */
const isTheirs = ({ container }: PlacedContainer) => !isOwn(container)

function findUnlimited(containers: readonly PlacedContainer[]): GreenroomError | undefined {
  const names = containers.filter(isTheirs).map(({ container }) => container.name)
  if (names.length === 0) return undefined
  return new GreenroomError('LxcfsNoLimits', {
    at: 'container',
    found: names.join(', '),
    expected: 'a limit of cpu or memory',
    fix: `Without one it sees its node. Give it one, or write ${annotations.lxcfs.key}: "off".`,
  })
}

function findTaken(placements: readonly Placement[], foreign: readonly string[]): GreenroomError | undefined {
  const uses = placements
    .filter(isTheirs)
    .flatMap(({ container, taken }) => taken.map(({ mountPath }) => `${mountPath} in ${container.name}`))
  const found = [...new Set([...uses, ...foreign.map((name) => `volume ${name}`)])]
  if (found.length === 0) return undefined
  return new GreenroomError('LxcfsPathTaken', {
    at: 'mount',
    found: found.join(', '),
    expected: 'a path left to lxcfs',
    fix: `It stays as it is. Mount it elsewhere, rename the volume, or write ${annotations.lxcfs.key}: "off".`,
  })
}

function findSharedProcesses({ spec }: RawPod): GreenroomError | undefined {
  const field = (['hostPID', 'shareProcessNamespace'] as const).find((name) => spec[name])
  if (!field) return undefined
  return new GreenroomError('LxcfsSharedProcesses', {
    at: field,
    found: 'true',
    expected: 'processes of its own for each container',
    fix: 'lxcfs shows the limits of whoever is process 1 there. Remove it to have each see its own.',
  })
}
