import { quantity } from '../../policy/formats/quantity.ts'
import { isAuthorize, isSidecar } from '../../policy/own-parts.ts'
import type { InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod, RawResources } from '../../policy/schema/pod.ts'

/**
 * Resources of our containers: requests are the honest peak, without a limit on CPU, for throttling would cost the
 * moment in which the pod comes online. In a Guaranteed pod they have to be limits too, or the pod's class would fall.
 *
 * | the pod | requests | limits |
 * |---|---|---|
 * | Guaranteed | `guaranteed` | `guaranteed` |
 * | limits an amount in each of its containers | `requests` | `limits`, and for that amount at least `guaranteed` |
 * | else | `requests` | `limits` |
 *
 * The second row is for a ResourceQuota on limits, which refuses pods of which one container has none: whoever lives
 * under one has written them everywhere, or a LimitRange has.
 */
export function ownResources(pod: RawPod, { resources }: InjectionPolicy) {
  const { requests, limits, guaranteed } = resources
  if (isGuaranteed(pod)) return { requests: guaranteed, limits: guaranteed }
  const demanded = amountNames.filter((name) => limits[name] === undefined && isLimitedThroughout(pod, name))
  const added = demanded.map((name) => [name, larger(guaranteed[name], requests[name])] as const)
  return { requests, limits: { ...limits, ...Object.fromEntries(added) } }
}

const amountNames = ['cpu', 'memory'] as const

/** Whether each of the pod's own containers has that limit. */
function isLimitedThroughout({ spec }: RawPod, name: (typeof amountNames)[number]): boolean {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  const own = containers.filter((container) => !isSidecar(container) && !isAuthorize(container))
  return own.every(({ resources }) => resources?.limits?.[name] !== undefined)
}

/** A limit below its request would be refused. */
const larger = (limit: string, request: string | undefined) =>
  request !== undefined && (amountOf(request) ?? 0n) > (amountOf(limit) ?? 0n) ? request : limit

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/#guaranteed; the pod's own resources, if any, decide. */
export function isGuaranteed({ spec }: RawPod): boolean {
  if (spec.resources) return hasEqualLimits(spec.resources)
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
  return containers.every(({ resources }) => hasEqualLimits(resources))
}

/** Requests default to limits; one of 0 is none. */
function hasEqualLimits(resources: RawResources): boolean {
  return amountNames.every((name) => {
    const limit = amountOf(resources?.limits?.[name])
    return Boolean(limit) && (amountOf(resources?.requests?.[name]) ?? limit) === limit
  })
}

const amountOf = (text: string | number | undefined) => quantity.parse(String(text))
