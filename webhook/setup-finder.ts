import type { ChosenPolicy } from '../serving/policies/cluster.ts'
import type { Setup } from './admit.ts'
import type { FindSetup } from './handler.ts'
import type { PolicySource } from './policy-source.ts'

/** What is the same for all pods, with the policy of each. One object for each policy, for nothing of it changes from pod to pod. */
export function createSetupFinder(
  policies: Pick<PolicySource, 'find'>,
  shared: Omit<Setup, 'policy' | 'policyName'>,
): FindSetup {
  const setups = new WeakMap<ChosenPolicy, Setup>()
  const setupOf = (found: ChosenPolicy): Setup => {
    const known = setups.get(found)
    if (known) return known
    const setup = { ...shared, policy: found.policy, policyName: found.name }
    setups.set(found, setup)
    return setup
  }
  return (labels, namespace) => {
    const found = policies.find(labels, namespace)
    return found instanceof Promise ? found.then(setupOf) : setupOf(found)
  }
}
