import { none, quantity } from '../../policy/formats/quantity.ts'
import { isAuthorize, isSidecar } from '../../policy/own-parts.ts'
import { allContainers } from '../../policy/pod-parts.ts'
import type { InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod, RawResources } from '../../policy/schema/pod.ts'

/** As a container has them; absent: none. */
interface OwnResources {
  readonly requests?: Amounts
  readonly limits?: Amounts
}

type Amounts = Readonly<Record<string, string | undefined>>

/**
 * Resources of our containers: requests are the honest peak, without a limit on CPU, for throttling would cost the
 * moment in which the pod comes online. The pod's class (QoS) stays what it is: in a Guaranteed pod they have to be limits
 * too, and a BestEffort one would become one that a ResourceQuota counts, and refuses for the requests that its own
 * containers do not have.
 *
 * | the pod | requests | limits |
 * |---|---|---|
 * | BestEffort | – | – |
 * | Guaranteed | `guaranteed` | `guaranteed` |
 * | limits an amount in each of its containers | `requests` | `limits`, and for that amount at least `guaranteed` |
 * | else | `requests` | `limits` |
 *
 * The third row is for a ResourceQuota on limits, which refuses pods of which one container has none: whoever lives
 * under one has written them everywhere, or a LimitRange has.
 */
export function ownResources(pod: RawPod, { resources }: InjectionPolicy): OwnResources {
  if (isBestEffort(pod)) return {}
  const { guaranteed } = resources
  const [requests, limits] = [written(resources.requests), written(resources.limits)]
  if (isGuaranteed(pod)) return { requests: guaranteed, limits: guaranteed }
  const demanded = amountNames.filter((name) => limits[name] === undefined && isLimitedThroughout(pod, name))
  const added = demanded.map((name) => [name, larger(guaranteed[name], requests[name])] as const)
  return { requests, limits: { ...limits, ...Object.fromEntries(added) } }
}

/** Without those that the policy has none of. */
const written = (amounts: Readonly<Record<string, string>>): Amounts =>
  Object.fromEntries(Object.entries(amounts).flatMap(([name, text]) => (text === none ? [] : [[name, text]])))

const amountNames = ['cpu', 'memory'] as const

/** Whether each of the pod's own containers has that limit. */
function isLimitedThroughout(pod: RawPod, name: (typeof amountNames)[number]): boolean {
  const own = allContainers(pod).filter((container) => !isSidecar(container) && !isAuthorize(container))
  return own.every(({ resources }) => resources?.limits?.[name] !== undefined)
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/#besteffort; amounts of 0 are none, and the pod's own resources decide. */
function isBestEffort(pod: RawPod): boolean {
  const all = (namesAmount(pod.spec.resources) ? [pod.spec] : allContainers(pod)).map(({ resources }) => resources)
  const amounts = all.flatMap((each) => [each?.requests, each?.limits])
  return amounts.every((each) => amountNames.every((name) => !amountOf(each?.[name])))
}

/** A limit below its request would be refused. */
const larger = (limit: string, request: string | undefined) =>
  request !== undefined && (amountOf(request) ?? 0n) > (amountOf(limit) ?? 0n) ? request : limit

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/#guaranteed; the pod's own resources, if any, decide. */
export function isGuaranteed(pod: RawPod): boolean {
  const { resources } = pod.spec
  if (namesAmount(resources)) return hasEqualLimits(resources)
  return allContainers(pod).every(({ resources }) => hasEqualLimits(resources))
}

/** Empty ones of a pod are none: https://pkg.go.dev/k8s.io/component-helpers/resource#IsPodLevelResourcesSet */
const namesAmount = (resources: RawResources): boolean =>
  [resources?.requests, resources?.limits].some((amounts) => amountNames.some((name) => amounts?.[name] !== undefined))

/** Requests default to limits; one of 0 is none. */
function hasEqualLimits(resources: RawResources): boolean {
  return amountNames.every((name) => {
    const limit = amountOf(resources?.limits?.[name])
    return Boolean(limit) && (amountOf(resources?.requests?.[name]) ?? limit) === limit
  })
}

const amountOf = (text: string | number | undefined) => quantity.parse(String(text))
