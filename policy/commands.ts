import { helperMountPath, imagePaths, runMountPath } from './names.ts'

/** The helper's shell files that a pod's containers name. */
type ShellFile = 'resident' | 'barrier' | 'deleting' | 'launch' | 'start' | 'get' | 'offline' | 'jdwp'

/** A file of the helper as a command: no image needs a shell of its own, and a shebang would need an executable mount. */
export const helperCommand = (file: ShellFile, ...args: readonly string[]): readonly string[] => [
  `${helperMountPath}/busybox`,
  'sh',
  `${helperMountPath}/${file}`,
  ...args,
]

/** Whether a command runs that file of the helper, whatever its arguments. */
export function isHelperCommand(file: ShellFile, command: readonly string[] | null | undefined): boolean {
  return helperCommand(file).every((word, index) => word === command?.[index])
}

/** Holds the pod's state as long as the pod lives. */
export const residentCommand = helperCommand('resident')

/** Asks for the pod's authorizations, then exits. */
export const authorizeCommand = [imagePaths.node, `${imagePaths.bundles}/authorize.cjs`] as const

/** What the resident runs while there is something to decide. The cap keeps Node's heap below the container's limit. */
export const decideCommand = [imagePaths.node, '--max-old-space-size=32', `${imagePaths.bundles}/sidecar.cjs`] as const

/** What the sidecar's shell talks TLS through: `... HOST PORT`. */
export const tlsCommand = [imagePaths.node, '--max-old-space-size=16', `${imagePaths.bundles}/tls-connect.cjs`] as const

/** Between our own arguments of a command or lifecycle handler and what the user had there. */
export const userCommandMark = '--'

export const barrierCommand = helperCommand('barrier', runMountPath)
export const deletingCommand = helperCommand('deleting', runMountPath)

/**
 * The kubelet expands `$(NAME)` in a container's command, args and environment and in exec probes (but not in lifecycle
 * handlers), and turns `$$` into `$`: so a text survives with every `$` doubled.
 */
export const unexpanded = (text: string): string => (text.includes('$') ? text.replaceAll('$', '$$$$') : text)
