import { authorizeCommand } from '../../policy/commands.ts'
import { containerNames, runMountPath, terminationMessagePath } from '../../policy/names.ts'
import { isAuthorize, isSidecar } from '../../policy/own-parts.ts'
import { add, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'
import { behindProxy } from './init-order.ts'
import { ownContainer, renewSettings } from './own-container.ts'

/**
 * Asks for the pod's authorizations ahead of every other container but the sidecar: none may start without them, and the
 * sidecar, which is there before, takes back what was granted whenever the pod goes.
 */
export const addAuthorization: Mutator = (context) => {
  const { pod, injection } = context
  if (!injection.settings.authorization) return []
  const present = pod.spec.initContainers?.find(isAuthorize)
  if (present) return renewSettings(context, present)
  const role = {
    name: containerNames.authorize,
    command: authorizeCommand,
    args: [runMountPath, terminationMessagePath],
  }
  const sidecar = pod.spec.initContainers?.findIndex(isSidecar) ?? -1
  const index = sidecar === -1 ? behindProxy(pod) : sidecar + 1
  return [add(pointer('spec', 'initContainers', index), ownContainer(role, context))]
}
