import { authorizeCommand } from '../../policy/commands.ts'
import { containerNames, runMountPath, terminationMessagePath } from '../../policy/names.ts'
import { isAuthorize, isSidecar } from '../../policy/own-parts.ts'
import { add } from '../patch.ts'
import type { Mutator } from './context.ts'
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
  const behindSidecar = (pod.spec.initContainers?.findIndex(isSidecar) ?? -1) + 1
  return [add(`/spec/initContainers/${behindSidecar}`, ownContainer(role, context))]
}
