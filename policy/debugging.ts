import { annotations, readAnnotation } from './annotations.ts'
import { findCommand } from './app-command.ts'
import { tcpPorts } from './container-ports.ts'
import { type Finding, GreenroomError } from './greenroom-error.ts'
import { jdwpCommand } from './jdwp-command.ts'
import { debugPorts } from './names.ts'
import { fitsPattern } from './pattern.ts'
import { allContainers } from './pod-parts.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'

/** A pod with its app container, where it will be, and what the administrator says. */
export interface DebugQuestion {
  readonly pod: RawPod
  readonly app: RawContainer
  readonly namespace: string
  readonly policy: InjectionPolicy
}

/** Whether the pod is for debugging: what the annotation says, else the policy, for all namespaces or for this one. */
export function isDebugged({ pod, namespace, policy: { debug } }: Omit<DebugQuestion, 'app'>): boolean {
  return (
    readAnnotation(pod, annotations.debug) ??
    (debug.enabled || debug.namespaces.some((name) => fitsPattern(name, namespace)))
  )
}

/** The app's command with a debugger's door in its JVM; undefined where none is wanted, or it cannot be. */
export function resolveDebugCommand(question: DebugQuestion): readonly string[] | undefined {
  if (!isDebugged(question) || whyNot(question)) return undefined
  const command = findCommand(question.pod, question.app, question.policy)
  return command && jdwpCommand(command)
}

/** Said wherever a pod is for debugging and its JVM will have no debugger. */
export function findDebugProblem(question: DebugQuestion): GreenroomError | undefined {
  const finding = isDebugged(question) ? whyNot(question) : undefined
  return finding && new GreenroomError('DebugNotPossible', finding)
}

function whyNot({ pod, app, policy }: DebugQuestion): Finding | undefined {
  const { entrypoint, debug } = annotations
  if (!findCommand(pod, app, policy)) {
    const fix = `Write command or ${entrypoint.key}, or ${debug.key}: "false".`
    return { at: `command of ${app.name}`, expected: 'it or an entrypoint, to add a debugger to', fix }
  }
  const taken = Object.values(debugPorts).find((port) =>
    allContainers(pod).some((each) => tcpPorts(each).includes(port)),
  )
  if (taken === undefined) return undefined
  const fix = `Use another port, or write ${debug.key}: "false".`
  return { at: 'containerPort', found: String(taken), expected: 'another, for debugging takes it', fix }
}
