import type { LxcfsSurroundings } from '../policy/lxcfs/surroundings.ts'
import type { ChosenPolicy } from '../serving/policies/cluster.ts'
import type { Setup } from './admit.ts'
import type { FindSetup } from './handler.ts'
import type { PolicySource } from './policy-source.ts'

/**
 * What is the same for all pods, with the policy of each and what is around it. One object for each policy and its surroundings, for
 * nothing of it changes from pod to pod; another as soon as either is another.
 */
export function createSetupFinder(
  { find, surroundings }: Pick<PolicySource, 'find' | 'surroundings'>,
  shared: Omit<Setup, 'policy' | 'policyName' | 'lxcfs'>,
): FindSetup {
  const setups = new WeakMap<LxcfsSurroundings, WeakMap<ChosenPolicy, Setup>>()
  const setupOf = (found: ChosenPolicy, lxcfs: LxcfsSurroundings): Setup => {
    const known = setups.get(lxcfs)?.get(found)
    if (known) return known
    const setup = { ...shared, policy: found.policy, policyName: found.name, lxcfs }
    const byPolicy = setups.get(lxcfs) ?? new WeakMap<ChosenPolicy, Setup>()
    setups.set(lxcfs, byPolicy.set(found, setup))
    return setup
  }
  return (labels, namespace) => {
    const [found, around] = [find(labels, namespace), surroundings(namespace)]
    if (found instanceof Promise || around instanceof Promise)
      return Promise.all([found, around]).then(([policy, lxcfs]) => setupOf(policy, lxcfs))
    return setupOf(found, around)
  }
}
