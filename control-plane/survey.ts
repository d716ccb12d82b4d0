import { choosePolicy, type NamedPolicy } from '../policy/choose-policy.ts'
import { reasons } from '../policy/reasons.ts'
import { defaultPolicy, type InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { Namespace } from '../serving/policies/namespace.ts'
import type { PodFacts, Problem } from './pod-facts.ts'
import type { Selection } from './selection.ts'
import { tenureOf } from './tenure.ts'
import { judge } from './verdict.ts'

/** What is known when the pods are looked through. */
export interface View {
  readonly pods: Iterable<PodFacts>
  /** In their order. */
  readonly policies: readonly NamedPolicy[]
  readonly selections: ReadonlyMap<string, Selection>
  readonly namespaceOf: (name: string) => Namespace | undefined
  /** Greenroom's own namespace: it is as old as Greenroom. */
  readonly ownNamespace: string
}

export interface Survey {
  readonly missed: readonly Missed[]
  /** By name, of every policy. */
  readonly tallies: ReadonlyMap<string, Tally>
}

/** A pod that came in while Greenroom was down. */
export interface Missed {
  readonly pod: PodFacts
  /** undefined: none selects it, and the defaults hold. */
  readonly policyName: string | undefined
  readonly policy: InjectionPolicy
  /** It was to be injected when it was created. Else it may have been right then: it is reported, and never evicted. */
  readonly isSure: boolean
}

/** Whether its policy has it evicted, if its controller makes another one and a webhook would see that. */
export const isForEviction = ({ policy, isSure }: Missed): boolean => policy.repair === 'evict' && isSure

/** What became of the pods of a policy. */
export interface Tally {
  readonly injected: number
  readonly missed: number
  /** Names of the first few that are missed, as `namespace/name`. */
  readonly missedPods: readonly string[]
  /** When the newest pod that the webhook has injected was created, in milliseconds since the epoch; undefined: there is none. */
  readonly injectedMs: number | undefined
  /** Of the newest pod that has one. */
  readonly lastProblem: PodProblem | undefined
}

export interface PodProblem extends Problem {
  readonly namespace: string
  readonly pod: string
  /** When the pod was created. */
  readonly atMs: number
}

/** Looks through all pods. Those that are on their way out, or of a namespace that is not known yet, do not count. */
export function surveyPods({ pods, policies, selections, namespaceOf, ownNamespace }: View): Survey {
  const missed: Missed[] = []
  const tallies = new Map<string, Tally>(policies.map(({ name }) => [name, none]))
  const installedMs = namespaceOf(ownNamespace)?.createdMs ?? 0
  const add = (policyName: string | undefined, pod: PodFacts, change: Partial<Record<'injected' | 'missed', 1>>) => {
    const tally = policyName === undefined ? undefined : tallies.get(policyName)
    if (policyName !== undefined && tally) tallies.set(policyName, counted(tally, pod, change))
  }
  for (const pod of pods) {
    const namespace = namespaceOf(pod.namespace)
    if (pod.end !== undefined || !namespace) continue
    // Whose it is was decided when it was created.
    if (pod.recorded && (pod.isInjected || pod.recorded.decision === 'skip')) {
      add(pod.recorded.policy, pod, pod.isInjected ? { injected: 1 } : {})
      continue
    }
    const chosen = choosePolicy(policies, {
      namespaceLabels: namespace.labels,
      podLabels: pod.head.metadata.labels ?? {},
    })
    const { policy } = chosen ?? { policy: defaultPolicy }
    const tenure = tenureOf(chosen?.name, { pod, namespace, policies, selections })
    const verdict = judge({ pod, policy, tenure, installedMs, ownNamespace })
    if (verdict.kind === 'injected') add(chosen?.name, pod, { injected: 1 })
    if (verdict.kind !== 'missed') continue
    add(chosen?.name, pod, { missed: 1 })
    missed.push({ pod, policyName: chosen?.name, policy, isSure: verdict.isSure })
  }
  for (const [name, each] of Map.groupBy(missed, ({ policyName }) => policyName)) {
    const tally = name === undefined ? undefined : tallies.get(name)
    if (name !== undefined && tally) tallies.set(name, { ...tally, missedPods: firstNames(each) })
  }
  return { missed, tallies }
}

const none: Tally = { injected: 0, missed: 0, missedPods: [], injectedMs: undefined, lastProblem: undefined }

/** A status is read by people; whoever mends these sees the next ones. */
const mostNames = 20
const firstNames = (missed: readonly Missed[]) =>
  missed
    .map(({ pod }) => `${pod.namespace}/${pod.name}`)
    .toSorted()
    .slice(0, mostNames)

function counted(tally: Tally, pod: PodFacts, change: Partial<Record<'injected' | 'missed', 1>>): Tally {
  const { injected = 0, missed = 0 } = change
  const problem = missed ? missedProblem : pod.recorded?.problem
  const isNews = problem && isLater(pod, tally.lastProblem)
  return {
    ...tally,
    injected: tally.injected + injected,
    missed: tally.missed + missed,
    injectedMs:
      injected && pod.recorded ? Math.max(tally.injectedMs ?? pod.createdMs, pod.createdMs) : tally.injectedMs,
    lastProblem: isNews
      ? { ...problem, namespace: pod.namespace, pod: pod.name, atMs: pod.createdMs }
      : tally.lastProblem,
  }
}

const missedProblem: Problem = { reason: 'InjectionMissed', message: reasons.InjectionMissed.sentence }

/** Pods of one second are ordered by name, or the last one would be another after each list. */
const isLater = ({ createdMs, namespace, name }: PodFacts, last: PodProblem | undefined) =>
  !last ||
  createdMs > last.atMs ||
  (createdMs === last.atMs && `${namespace}/${name}` > `${last.namespace}/${last.pod}`)
