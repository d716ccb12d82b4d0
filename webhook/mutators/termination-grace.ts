import { findSidecar } from '../../policy/own-parts.ts'
import { addedGraceSeconds, ownGraceSeconds } from '../grace-period.ts'
import { add } from '../patch.ts'
import type { Mutator } from './context.ts'

/**
 * The app keeps what it had between its SIGTERM and its SIGKILL, and ours comes before and after. A pod from an earlier
 * pass has been given its time: adding again would let it grow with every pass. Where the policy refuses what is too
 * short, what fits is left as it is.
 */
export const addTerminationGrace: Mutator = ({ pod, injection: { settings }, policy }) => {
  if (policy.terminationGracePeriod === 'refuse' || findSidecar(pod)) return []
  const own = ownGraceSeconds(pod)
  // Numbers of that size are not exact here, and would pass the largest of the API server's: it is for ever either way.
  if (own >= Number.MAX_SAFE_INTEGER) return []
  return [add('/spec/terminationGracePeriodSeconds', own + addedGraceSeconds(settings))]
}
