import { formatQuantity, quantity } from '../../policy/formats/quantity.ts'
import { findSidecar } from '../../policy/own-parts.ts'
import { add, type Operation, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'
import { ownResources } from './own-resources.ts'

type Amounts = Readonly<Record<string, string | number | undefined>> | null | undefined

/**
 * Resources of the pod as a whole (KEP-2837) are raised by what the sidecar needs: they are the app's to use, and what
 * containers request together must not be above them. That counts init containers with the sidecars that are there before
 * them: while it runs, the authorization needs as much as the app may leave it.
 */
export const raisePodResources: Mutator = ({ pod, policy, injection: { settings } }) => {
  const { resources } = pod.spec
  if (!resources || findSidecar(pod)) return []
  const { requests, limits } = ownResources(pod, policy)
  const least = settings.authorization ? requests : {}
  return [
    ...raise('/spec/resources/requests', resources.requests, { least, by: requests }),
    ...raise('/spec/resources/limits', resources.limits, { least, by: { ...requests, ...limits } }),
  ]
}

/** Only what is there: an amount that the pod leaves open stays open. */
function raise(path: string, present: Amounts, { least, by }: { least: Amounts; by: Amounts }): Operation[] {
  return Object.entries(present ?? {}).flatMap(([name, text]) => {
    const [theirs, more, floor = 0n] = [text, by?.[name], least?.[name]].map((each) => quantity.parse(String(each)))
    if (theirs === undefined || more === undefined) return []
    return [add(`${path}${pointer(name)}`, formatQuantity((theirs > floor ? theirs : floor) + more))]
  })
}
