import { annotations } from '../annotations.ts'
import { GreenroomError } from '../greenroom-error.ts'
import { fitsPattern } from '../pattern.ts'
import type { InjectionPolicy } from '../schema/injection-policy.ts'
import type { RawPod } from '../schema/pod.ts'
import { nodeLabel } from './files.ts'
import { admitsNode } from './node-choice.ts'
import { type LxcfsSurroundings, podSecurityLabel } from './surroundings.ts'

/** A pod that is to have the files, unless something is in the way. */
export interface LxcfsWish {
  readonly spec: RawPod['spec']
  readonly mode: 'prefer' | 'require'
  readonly policy: InjectionPolicy
  readonly lxcfs: LxcfsSurroundings
}

/** Why a pod as a whole is left out, the first reason; undefined: it is not. */
export const findObstacle = (wish: LxcfsWish): GreenroomError | undefined =>
  findNotInstalled(wish) ?? findPodSecurity(wish) ?? findUserNamespace(wish) ?? findRuntimeClass(wish)

const switchOff = `write ${annotations.lxcfs.key}: "off"`

/** A pod that requires the agent waits for a node that has it. */
function findNotInstalled({ spec, mode, lxcfs }: LxcfsWish): GreenroomError | undefined {
  if (mode === 'require' || lxcfs.nodes.some((node) => admitsNode(spec, node))) return undefined
  return new GreenroomError('LxcfsNotInstalled', {
    at: `label ${nodeLabel}`,
    expected: 'it on a node that the pod may run on',
    fix: `Install the agent there, or ${switchOff}.`,
  })
}

/** Both levels refuse volumes of `hostPath`. */
function findPodSecurity({ lxcfs: { podSecurity } }: LxcfsWish): GreenroomError | undefined {
  if (podSecurity === 'privileged') return undefined
  return new GreenroomError('LxcfsPodSecurity', {
    at: `namespace's ${podSecurityLabel}`,
    found: podSecurity,
    expected: 'privileged',
    fix: `It refuses hostPath, by which the files come: use another namespace, or ${switchOff}.`,
  })
}

/** There the files would belong to nobody, and a mount that maps users is none that FUSE can do. */
function findUserNamespace({ spec }: LxcfsWish): GreenroomError | undefined {
  if (spec.hostUsers !== false) return undefined
  return new GreenroomError('LxcfsUserNamespace', {
    at: 'hostUsers',
    found: 'false',
    expected: "the node's users",
    fix: `Remove it, or ${switchOff}.`,
  })
}

/** In a sandbox the kernel that is asked for limits is not the node's. */
function findRuntimeClass({ spec, policy }: LxcfsWish): GreenroomError | undefined {
  const name = spec.runtimeClassName
  if (!name || !policy.lxcfs.excludedRuntimeClasses.some((pattern) => fitsPattern(pattern, name))) return undefined
  return new GreenroomError('LxcfsRuntimeClass', {
    at: 'runtimeClassName',
    found: name,
    expected: 'one that the policy does not exclude',
    fix: `Use another, have lxcfs.excludedRuntimeClasses changed, or ${switchOff}.`,
  })
}
