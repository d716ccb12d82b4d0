import { addAppLifecycle } from './mutators/app-lifecycle.ts'
import { addAppMounts } from './mutators/app-mounts.ts'
import { addAuthorization } from './mutators/authorization.ts'
import { addCheck } from './mutators/check.ts'
import type { Context, Mutator } from './mutators/context.ts'
import { addLaunch } from './mutators/launch.ts'
import { addLiveness } from './mutators/liveness.ts'
import { addLxcfs } from './mutators/lxcfs.ts'
import { addParents } from './mutators/parents.ts'
import { addPodMetadata } from './mutators/pod-metadata.ts'
import { raisePodResources } from './mutators/pod-resources.ts'
import { addPreStart } from './mutators/pre-start.ts'
import { addPullSecrets } from './mutators/pull-secrets.ts'
import { addSidecar } from './mutators/sidecar.ts'
import { addTerminationGrace } from './mutators/termination-grace.ts'
import { addTokenVolume, addVolume } from './mutators/volume.ts'
import type { Operation } from './patch.ts'

/**
 * In order: parents before what is added to them. Init containers from the last to the first: each operation's index is that
 * of the pod as it came.
 */
const mutators: readonly Mutator[] = [
  addParents,
  addPodMetadata,
  addVolume,
  addTokenVolume,
  addLxcfs,
  addPullSecrets,
  addPreStart,
  addAuthorization,
  addSidecar,
  addAppMounts,
  addLaunch,
  addAppLifecycle,
  addLiveness,
  addCheck,
  addTerminationGrace,
  raisePodResources,
]

/** The operations that inject; none for a pod that has everything already. */
export function mutate(context: Context): readonly Operation[] {
  return mutators.flatMap((mutator) => mutator(context))
}
