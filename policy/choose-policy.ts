import { type Labels, selects } from './label-selector.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'

export interface NamedPolicy {
  readonly name: string
  readonly policy: InjectionPolicy
}

/** Orders policies as they are asked: the highest priority first, and of equal ones the first by name. */
export const byPrecedence = (a: NamedPolicy, b: NamedPolicy): number =>
  b.policy.priority - a.policy.priority || (a.name < b.name ? -1 : 1)

/** Labels of a pod and of the namespace that it will be in. */
export interface Selected {
  readonly namespaceLabels: Labels
  readonly podLabels: Labels
}

/**
 * The first of the policies, in their order, that selects the pod. It holds as a whole: nothing of those behind it counts, so
 * whoever reads one object knows what holds. undefined: none selects the pod.
 */
export function choosePolicy(
  ordered: readonly NamedPolicy[],
  { namespaceLabels, podLabels }: Selected,
): NamedPolicy | undefined {
  return ordered.find(
    ({ policy }) => selects(policy.namespaceSelector, namespaceLabels) && selects(policy.podSelector, podLabels),
  )
}
