import { annotations, readAnnotation } from './annotations.ts'
import { resolveAnnouncing } from './announcing.ts'
import { resolveApplication } from './application.ts'
import { resolveAuthorization } from './authorization.ts'
import { resolveCheck } from './check.ts'
import type { CheckurlTarget } from './checkurl-target.ts'
import { tcpPorts } from './container-ports.ts'
import { isDebugged } from './debugging.ts'
import { wantsHold } from './hold.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'
import type { Drain, Hook, HookName, PodSettings } from './settings.ts'

/** The parts that a pod's settings are made of once its app container and checkurl are known. */
export interface SettingsParts {
  readonly pod: RawPod
  readonly app: RawContainer
  readonly checkurl: CheckurlTarget
  readonly policy: InjectionPolicy
  /** Operators have released the version that the pod is of. */
  readonly isReleased: boolean
}

/** The pod's settings: what an annotation says, else the policy, whose schema holds the defaults. */
export function resolveSettings({ pod, app, checkurl, policy, isReleased }: SettingsParts): PodSettings {
  const checkurlTimeoutMs = readAnnotation(pod, annotations.checkurlTimeout) ?? policy.checkurl.timeout
  const ports = [...new Set([...tcpPorts(app), checkurl.port])]
  const announcing = resolveAnnouncing(pod, policy, ports[0] ?? checkurl.port)
  return {
    version: 1,
    application: resolveApplication(pod),
    checkurl: { ...checkurl, timeoutMs: checkurlTimeoutMs },
    hooks: resolveHooks(pod, policy),
    hold: !isReleased && wantsHold(pod),
    drain: resolveDrain(pod, policy, ports),
    check: resolveCheck(pod, app, policy),
    authorization: resolveAuthorization(pod, policy),
    ...(announcing && { announcing }),
  }
}

/** Where hooks are by convention. */
export const hookDirectory = (pod: RawPod, { hooks }: InjectionPolicy): string =>
  readAnnotation(pod, annotations.hooks) ?? hooks.directory

function resolveHooks(pod: RawPod, policy: InjectionPolicy): PodSettings['hooks'] {
  const { timeouts } = policy.hooks
  const directory = readAnnotation(pod, annotations.hooks) ?? policy.hooks.directory
  const hook = (name: HookName): Hook => {
    const command = readAnnotation(pod, annotations[name])
    return {
      command: command ?? [`${directory}/${name}`],
      required: command !== undefined,
      timeoutMs: readAnnotation(pod, annotations[`${name}Timeout`]) ?? timeouts[name],
    }
  }
  return {
    preOnline: hook('preOnline'),
    verify: hook('verify'),
    reload: hook('reload'),
    postOffline: hook('postOffline'),
  }
}

/** Bounds come from two places, so a `min` of one may be above the `max` of the other: then the longer one counts. */
function resolveDrain(pod: RawPod, { drain }: InjectionPolicy, ports: readonly number[]): Drain {
  const { min, max, quiet } = { ...drain, ...readAnnotation(pod, annotations.drain) }
  return { minMs: min, maxMs: Math.max(min, max), quietMs: quiet, ports }
}

/** The liveness probe: what the annotation says, else the policy, else composite where the pod is debugged. */
export function resolveLiveness(pod: RawPod, namespace: string, policy: InjectionPolicy): Liveness {
  const otherwise = isDebugged({ pod, namespace, policy }) ? 'composite' : 'keep'
  return readAnnotation(pod, annotations.liveness) ?? policy.liveness ?? otherwise
}

export type Liveness = 'composite' | 'keep'
