import { formatQuantity, quantity } from '../../policy/formats/quantity.ts'
import { findSidecar } from '../../policy/own-parts.ts'
import { add, type Operation, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'
import { ownResources } from './own-resources.ts'

type Amounts = Readonly<Record<string, string | number | undefined>> | null | undefined

/**
 * Resources of the pod as a whole (KEP-2837) are raised by what the sidecar needs: they are the app's to use, and a sum
 * of containers above them would be refused. The authorization has ended before the sidecar starts, so it adds nothing.
 */
export const raisePodResources: Mutator = ({ pod, policy }) => {
  const { resources } = pod.spec
  if (!resources || findSidecar(pod)) return []
  const { requests, limits } = ownResources(pod, policy)
  return [
    ...raise('/spec/resources/requests', resources.requests, requests),
    ...raise('/spec/resources/limits', resources.limits, { ...requests, ...limits }),
  ]
}

/** Only what is there: an amount that the pod leaves open stays open. */
function raise(path: string, present: Amounts, ours: Amounts): Operation[] {
  return Object.entries(present ?? {}).flatMap(([name, text]) => {
    const amounts = [text, ours?.[name]].map((amount) => quantity.parse(String(amount)))
    const [theirs, more] = amounts
    return theirs === undefined || more === undefined
      ? []
      : [add(`${path}${pointer(name)}`, formatQuantity(theirs + more))]
  })
}
