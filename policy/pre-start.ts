import { annotations, readAnnotation } from './annotations.ts'
import { findCommand } from './app-command.ts'
import { GreenroomError } from './greenroom-error.ts'
import { isPreStart } from './own-parts.ts'
import { hookDirectory } from './precedence.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'
import type { Hook } from './settings.ts'

/** How preStart runs in a pod. */
export type PreStart =
  | { readonly kind: 'off' }
  /** In the app container, which starts `command` after it. */
  | { readonly kind: 'launch'; readonly hook: Hook; readonly command: readonly string[] }
  /** In an init container of the app's image. */
  | { readonly kind: 'init-container'; readonly hook: Hook }
  /** Nowhere: it is not known what the app container would start after it. */
  | { readonly kind: 'not-run'; readonly hook: Hook }

/**
 * | the pod says | command of the app container | preStart runs |
 * |---|---|---|
 * | "off" | | nowhere |
 * | nothing, policy Off | | nowhere |
 * | a hook | known | in the app container, and has to be there |
 * | nothing | known | in the app container, if it is there |
 * | a hook | unknown | in an init container |
 * | nothing | unknown | nowhere, which is said in a warning |
 *
 * A pod that has the init container from an earlier pass keeps it: what another webhook has found out since then must not let the
 * hook run twice.
 */
export function resolvePreStart(pod: RawPod, app: RawContainer, policy: InjectionPolicy): PreStart {
  const { hooks } = policy
  const written = readAnnotation(pod, annotations.preStart)
  if (written === 'off' || (written === undefined && hooks.preStart === 'Off')) return { kind: 'off' }
  const hook = {
    command: written ?? ([`${hookDirectory(pod, policy)}/preStart`] as const),
    required: written !== undefined,
    timeoutMs: readAnnotation(pod, annotations.preStartTimeout) ?? hooks.timeouts.preStart,
  }
  if (pod.spec.initContainers?.some(isPreStart)) return { kind: 'init-container', hook }
  const command = findCommand(pod, app, policy)
  if (command) return { kind: 'launch', hook, command }
  return { kind: written ? 'init-container' : 'not-run', hook }
}

/** Said wherever a preStart that the image may have will not run. */
export function findPreStartProblem({ kind }: PreStart, app: RawContainer): GreenroomError | undefined {
  if (kind !== 'not-run') return undefined
  const { preStart, entrypoint } = annotations
  return new GreenroomError('PreStartNotRun', {
    at: `command of ${app.name}`,
    expected: 'it or an entrypoint to run preStart before',
    fix: `Write command, ${entrypoint.key} or ${preStart.key}; ${preStart.key}: "off" if there is none.`,
  })
}
