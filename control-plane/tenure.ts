import type { NamedPolicy } from '../policy/choose-policy.ts'
import { findAbstention } from '../policy/exemption.ts'
import { keysOf, type LabelSelector, type Labels, selects } from '../policy/label-selector.ts'
import { hearPod } from '../policy/overrides.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { Namespace } from '../serving/policies/namespace.ts'
import type { PodFacts } from './pod-facts.ts'
import type { Selection } from './selection.ts'

/** Since when what selects a pod has been as it is. */
export interface Tenure {
  /** Milliseconds since the epoch. */
  readonly sinceMs: number
  /** false: it may be later, for nothing tells when a label was taken away, nor whose each label is. */
  readonly isSure: boolean
}

interface Place {
  readonly pod: PodFacts
  readonly namespace: Namespace
  /** In their order. */
  readonly policies: readonly NamedPolicy[]
  readonly selections: ReadonlyMap<string, Selection>
}

/** Labels of pods and namespaces come and go, and with them which policy holds for a pod that is there already. `name`: of the one that does. */
export function tenureOf(name: string | undefined, { pod, namespace, policies, selections }: Place): Tenure {
  const index = policies.findIndex((each) => each.name === name)
  const holding = policies[index]
  if (!holding) return { sinceMs: 0, isSure: true }
  const asked = policies.slice(0, index + 1).map(({ policy }) => policy)
  const labelTimes = asked.flatMap(({ namespaceSelector, podSelector }) => [
    ...keysOf(namespaceSelector).map((key) => namespace.labelledMs[key]),
    ...keysOf(podSelector).map((key) => pod.laterMs[key]),
  ])
  return {
    sinceMs: Math.max(selections.get(holding.name)?.sinceMs ?? 0, ...labelTimes.map((ms) => ms ?? 0)),
    isSure:
      !labelTimes.includes(null) &&
      !restsOnAbsence(holding.policy, pod, namespace) &&
      !asked.slice(0, -1).some((policy) => mayHaveSpared(policy, pod, namespace)),
  }
}

/** It selects the pod, for there is a label less than there might be. */
const restsOnAbsence = ({ namespaceSelector, podSelector }: InjectionPolicy, pod: PodFacts, { labels }: Namespace) =>
  lacksKey(namespaceSelector, labels) || lacksKey(podSelector, labelsOf(pod))

const lacksKey = ({ matchExpressions }: LabelSelector, labels: Labels) =>
  matchExpressions.some(({ key }) => labels[key] === undefined)

/** It would select the pod if that, or its namespace, had labels that are not there now, and would leave it as it is. */
const mayHaveSpared = (policy: InjectionPolicy, pod: PodFacts, { labels }: Namespace) =>
  selects(within(policy.namespaceSelector, labels), labels) &&
  selects(within(policy.podSelector, labelsOf(pod)), labelsOf(pod)) &&
  (policy.mode === 'Off' || findAbstention(hearPod(pod.head, policy).pod, policy) !== undefined)

/** What a selector says of the labels that are there. */
const within = ({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): LabelSelector => ({
  matchLabels: Object.fromEntries(Object.entries(matchLabels).filter(([key]) => labels[key] !== undefined)),
  matchExpressions: matchExpressions.filter(({ key }) => labels[key] !== undefined),
})

const labelsOf = ({ head }: PodFacts): Labels => head.metadata.labels ?? {}
