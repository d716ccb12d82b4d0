import { helperCommand, isHelperCommand, unexpanded, userCommandMark } from './commands.ts'
import { runMountPath, terminationMessagePath } from './names.ts'
import type { Hook } from './settings.ts'

/** What `launch` needs to know of a container. */
export interface Launch {
  readonly hook: Hook
  /** Where the container's termination message goes; Kubernetes' default where nothing is said. */
  readonly messagePath: string | null | undefined
  /** What it becomes. The user's own words, in which the kubelet expands what it would have expanded without us. */
  readonly command: readonly string[]
}

/** `launch RUN LIMIT NEED COUNT HOOK... [MESSAGE] -- COMMAND...`; the limit in seconds. */
export function launchCommand({ hook, messagePath, command }: Launch): readonly string[] {
  const limitSeconds = String(Math.ceil(hook.timeoutMs / 1000))
  const need = hook.required ? 'required' : 'optional'
  const words = hook.command.map(unexpanded)
  const message =
    messagePath?.startsWith('/') && messagePath !== terminationMessagePath ? [unexpanded(messagePath)] : []
  const rest = [...words, ...message, userCommandMark, ...command]
  return helperCommand('launch', runMountPath, limitSeconds, need, String(words.length), ...rest)
}

/** The command that an earlier pass has wrapped; a command that is not wrapped comes back as it is. */
export function unwrapLaunch(command: readonly string[]): readonly string[] {
  if (!isHelperCommand('launch', command)) return command
  const [, , , count, ...words] = command.slice(helperCommand('launch').length)
  const rest = words.slice(Number(count))
  return rest.slice(rest[0] === userCommandMark ? 1 : 2)
}
