import { isDeepStrictEqual } from 'node:util'
import { launchCommand } from '../../policy/launch-command.ts'
import type { LxcfsFile } from '../../policy/lxcfs/files.ts'
import { containerNames, helperMountPath, volumeName } from '../../policy/names.ts'
import { isPreStart } from '../../policy/own-parts.ts'
import type { RawContainer } from '../../policy/schema/pod.ts'
import { appMounts, lxcfsMount } from '../mounts.ts'
import { add, pointer, replace } from '../patch.ts'
import type { Mutator } from './context.ts'
import { beforeRules } from './init-order.ts'

/** What a hook finds as it would in the app container; probes, ports and handlers are the app's alone. */
const kept = [
  ...['image', 'imagePullPolicy', 'workingDir', 'env', 'envFrom'],
  ...['volumeDevices', 'securityContext', 'resources', 'terminationMessagePolicy'],
]

/**
 * Runs a preStart that the pod names in an init container, where it cannot run in the app container itself. The last one
 * that has a network, for it sees what the others have prepared. One from an earlier pass keeps everything but its command.
 */
export const addPreStart: Mutator = ({ pod, injection: { app, preStart, lxcfs } }) => {
  if (preStart.kind !== 'init-container') return []
  const command = launchCommand({
    hook: preStart.hook,
    messagePath: undefined,
    command: [`${helperMountPath}/busybox`, 'true'],
  })
  const index = pod.spec.initContainers?.findIndex(isPreStart) ?? -1
  if (index === -1) {
    const files = lxcfs.placements.find(({ container }) => container === app.container)?.missing ?? []
    return [add(pointer('spec', 'initContainers', beforeRules(pod)), twin(app.container, command, files))]
  }
  const present = pod.spec.initContainers?.[index]?.command
  return isDeepStrictEqual(present, command)
    ? []
    : [replace(pointer('spec', 'initContainers', index, 'command'), command)]
}

/** `files`: those of lxcfs that the app gets beside its own mounts. */
function twin(app: RawContainer, command: readonly string[], files: readonly LxcfsFile[]) {
  const own = Object.entries(app).filter(([field, value]) => kept.includes(field) && value != null)
  const mounts = (app.volumeMounts ?? []).filter(({ name }) => name !== volumeName)
  return {
    name: containerNames.preStart,
    ...Object.fromEntries(own),
    command,
    volumeMounts: [...mounts, ...appMounts(undefined), ...files.map(lxcfsMount)],
  }
}
