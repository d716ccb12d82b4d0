import { annotations, readAnnotation } from './annotations.ts'
import { helperCommand, isHelperCommand } from './commands.ts'
import { unwrapJdwp } from './jdwp-command.ts'
import { unwrapLaunch } from './launch-command.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'

/**
 * What the app container starts, where that is known: by the pod, else by the annotation, else by the policy. What an earlier pass
 * has wrapped counts as the pod's own.
 */
export function findCommand(
  pod: RawPod,
  { command }: RawContainer,
  { hooks }: InjectionPolicy,
): readonly string[] | undefined {
  if (command?.length) return unwrapped(command)
  return readAnnotation(pod, annotations.entrypoint) ?? hooks.entrypoint
}

/** Whether somebody has put a command of their own before what an earlier pass has wrapped: that runs already, behind it. */
export function isWrappedInside({ command, args }: RawContainer): boolean {
  const behind = [...(command ?? []).slice(helperCommand('launch').length), ...(args ?? [])]
  const isOurs = isHelperCommand('launch', command) || isHelperCommand('jdwp', command)
  return !isOurs && behind.some((word) => files.includes(word))
}

const files = [helperCommand('launch'), helperCommand('jdwp')].flatMap((words) => words.slice(-1))

/** A command without what Greenroom has put before it. */
export const unwrapped = (command: readonly string[]): readonly string[] => unwrapJdwp(unwrapLaunch(command))
