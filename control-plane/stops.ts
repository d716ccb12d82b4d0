import type { NamedPolicy } from '../policy/choose-policy.ts'
import { isRecord, isText } from '../policy/json.ts'
import { reasons } from '../policy/reasons.ts'
import { timeOf } from '../serving/managed-fields.ts'
import type { Missed, PodProblem, Tally } from './survey.ts'

/** Why no pods of a policy are evicted any more. It is the policy's last problem, and so outlives whoever found it. */
export type Stop = PodProblem & { readonly reason: 'EvictionsStopped' }

interface Findings {
  readonly tallies: ReadonlyMap<string, Tally>
  readonly statusOf: (name: string) => unknown
  /** As they were. */
  readonly before: ReadonlyMap<string, Stop>
  /** Pods that came for evicted ones, and were missed although a webhook was Ready. */
  readonly futile: readonly Missed[]
}

/**
 * The stops by policy. One holds until a pod of the policy that is younger was injected: the webhook is reached again. No restart of the webhook is
 * a reason to try, or pods would go after each, for ever. A policy that only reports has none.
 */
export function readStops(
  policies: readonly NamedPolicy[],
  { tallies, statusOf, before, futile }: Findings,
): ReadonlyMap<string, Stop> {
  const stops = new Map<string, Stop>()
  for (const { name, policy } of policies) {
    if (policy.repair !== 'evict') continue
    const found = futile.filter(({ policyName }) => policyName === name).map(stopAt)
    const [last] = [...found, before.get(name) ?? recordedStop(statusOf(name)) ?? []]
      .flat()
      .toSorted((a, b) => b.atMs - a.atMs)
    const injectedMs = tallies.get(name)?.injectedMs ?? Number.NEGATIVE_INFINITY
    if (last && injectedMs <= last.atMs) stops.set(name, last)
  }
  return stops
}

const remedy =
  'See why the API server does not reach the webhook, then delete a pod of this policy: once one is injected, evictions go on.'
const message = `${reasons.EvictionsStopped.sentence} ${remedy}`

const stopAt = ({ pod }: Missed): Stop => ({
  reason: 'EvictionsStopped',
  message,
  namespace: pod.namespace,
  pod: pod.name,
  atMs: pod.createdMs,
})

/** What a control plane before this one has found. */
function recordedStop(status: unknown): Stop | undefined {
  const problem = isRecord(status) && isRecord(status.lastProblem) ? status.lastProblem : {}
  const { reason, namespace, pod } = problem
  const atMs = timeOf(problem.time)
  if (reason !== 'EvictionsStopped' || !isText(namespace) || !isText(pod) || atMs === undefined) return undefined
  return { reason, message, namespace, pod, atMs }
}
