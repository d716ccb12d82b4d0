import { annotations, readAnnotation } from './annotations.ts'
import { GreenroomError } from './greenroom-error.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawPod } from './schema/pod.ts'
import type { AuthorizationSettings } from './settings.ts'

/** What the pod has to be authorized for; null where it asks for nothing, or nobody is named who could grant it. */
export function resolveAuthorization(pod: RawPod, { authorization }: InjectionPolicy): AuthorizationSettings | null {
  const { endpoint, callTimeout, startTimeout, whenUnavailable, refill } = authorization
  const resources = readAnnotation(pod, annotations.authorize) ?? authorization.resources
  if (endpoint === undefined || resources.length === 0) return null
  return {
    endpoint,
    resources,
    callTimeoutMs: callTimeout,
    startTimeoutMs: startTimeout,
    whenUnavailable,
    refillMs: refill,
  }
}

/** An annotation that asks for authorizations where the policy names nobody who could grant them. */
export function findAuthorizationProblem(pod: RawPod, { authorization }: InjectionPolicy): GreenroomError | undefined {
  const { key } = annotations.authorize
  if (authorization.endpoint !== undefined || !readAnnotation(pod, annotations.authorize)?.length) return undefined
  return new GreenroomError('AuthorizationEndpointMissing', {
    at: 'authorization.endpoint of the policy',
    expected: `it for ${key}`,
    fix: 'Ask whoever runs Greenroom to set it, or remove the annotation.',
  })
}
