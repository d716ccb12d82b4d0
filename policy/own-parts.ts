import { authorizeCommand, isHelperCommand } from './commands.ts'
import { containerNames, env, helperMountPath, volumeName } from './names.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'

/**
 * What an earlier pass put into a pod, known by name, command and settings. Pods are reviewed again when another
 * webhook changed them (`reinvocationPolicy: IfNeeded`), and people copy pods.
 */
export function findSidecar({ spec }: RawPod): RawContainer | undefined {
  return spec.initContainers?.find(isSidecar)
}

export const isSidecar = (container: RawContainer): boolean =>
  container.name === containerNames.sidecar && isHelperCommand('resident', container.command) && hasSettings(container)

export const isAuthorize = (container: RawContainer): boolean =>
  container.name === containerNames.authorize &&
  authorizeCommand.every((word, index) => word === container.command?.[index]) &&
  hasSettings(container)

/** It has no settings: it is the app's twin but for its command. */
export const isPreStart = (container: RawContainer): boolean =>
  container.name === containerNames.preStart && isHelperCommand('launch', container.command)

export const isOwn = (container: RawContainer): boolean =>
  isSidecar(container) || isAuthorize(container) || isPreStart(container)

/** Whether it is the app's container from an earlier pass: none other has the helper, but the app's twin. */
export const hasHelper = ({ volumeMounts }: RawContainer): boolean =>
  volumeMounts?.some(({ name, mountPath }) => name === volumeName && mountPath === helperMountPath) ?? false

const hasSettings = (container: RawContainer) => settingsIndex(container) !== -1

/** Where the settings are in the container's environment. */
export const settingsIndex = (container: RawContainer): number => envIndex(container, env.settings)

/** Where a variable is in the container's environment; -1 where it is not. */
export const envIndex = (container: RawContainer, wanted: string): number =>
  container.env?.findIndex(({ name }) => name === wanted) ?? -1

/** The settings as they are written there, every `$` doubled. */
export const settingsOf = (container: RawContainer): string | undefined =>
  container.env?.[settingsIndex(container)]?.value?.replaceAll('$$', '$')
