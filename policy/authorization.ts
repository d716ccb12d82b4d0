import { annotations, readAnnotation } from './annotations.ts'
import { GreenroomError } from './greenroom-error.ts'
import { fitsPattern } from './pattern.ts'
import { templateOf } from './request-template.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawPod } from './schema/pod.ts'
import type { AuthorizationSettings } from './settings.ts'

/** What the pod has to be authorized for; null where it asks for nothing, or nobody is named who could grant it. */
export function resolveAuthorization(pod: RawPod, { authorization }: InjectionPolicy): AuthorizationSettings | null {
  const { callTimeout, startTimeout, whenUnavailable, refill } = authorization
  const resources = withoutCommon(readAnnotation(pod, annotations.authorize) ?? authorization.resources, authorization)
  const service = serviceOf(authorization)
  if (!service || resources.length === 0) return null
  return {
    ...service,
    ...(authorization.ca !== undefined && { ca: authorization.ca }),
    ...(authorization.token && { token: true }),
    resources,
    callTimeoutMs: callTimeout,
    startTimeoutMs: startTimeout,
    whenUnavailable,
    refillMs: refill,
  }
}

type Authorization = InjectionPolicy['authorization']

/** What everybody may have needs no call; a pod that asks for nothing else has nothing to wait for. */
const withoutCommon = (resources: readonly string[], { common }: Authorization) =>
  resources.filter((name) => !common.some((pattern) => fitsPattern(pattern, name)))

/** Who is asked, and how; undefined where the policy names nobody. */
export function serviceOf({
  endpoint,
  requests,
}: Pick<Authorization, 'endpoint' | 'requests'>): Pick<AuthorizationSettings, 'endpoint' | 'requests'> | undefined {
  if (endpoint !== undefined) return { endpoint }
  if (!requests) return undefined
  const { grant, revoke } = requests
  return {
    requests: {
      grant: { ...templateOf(grant), answers: grant.answers },
      revoke: { ...templateOf(revoke), answers: revoke.answers },
    },
  }
}

/** An annotation that asks for authorizations where the policy names nobody who could grant them. */
export function findAuthorizationProblem(pod: RawPod, { authorization }: InjectionPolicy): GreenroomError | undefined {
  const { key } = annotations.authorize
  const asked = withoutCommon(readAnnotation(pod, annotations.authorize) ?? [], authorization)
  if (serviceOf(authorization) || asked.length === 0) return undefined
  return new GreenroomError('AuthorizationEndpointMissing', {
    at: 'authorization.endpoint of the policy',
    expected: `it for ${key}`,
    fix: 'Ask whoever runs Greenroom to set it, or remove the annotation.',
  })
}
