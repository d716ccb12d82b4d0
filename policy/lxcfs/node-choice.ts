import { recordsIn } from '../json.ts'
import { requiredNodeTerms } from '../node-affinity.ts'
import type { RawPod } from '../schema/pod.ts'
import type { LxcfsNode } from './surroundings.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Whether a pod's own rules let it run on a node: its node's name, its node selector, and the node affinity that it requires. Taints and
 * other pods are not looked at. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export function admitsNode({ nodeName, nodeSelector, affinity }: RawPod['spec'], node: LxcfsNode): boolean {
  if (nodeName && nodeName !== node.name) return false
  if (!Object.entries(nodeSelector ?? {}).every(([key, value]) => node.labels[key] === value)) return false
  const terms = requiredNodeTerms(affinity)
  return !terms || terms.some((term) => fitsTerm(term, node))
}

/** Of terms one has to fit, and of a term everything; an empty one fits no node. */
function fitsTerm({ matchExpressions, matchFields }: Fields, { name, labels }: LxcfsNode): boolean {
  const [expressions, fields] = [recordsIn(matchExpressions), recordsIn(matchFields)]
  if (expressions.length + fields.length === 0) return false
  return (
    expressions.every((requirement) => meets(requirement, labels)) &&
    fields.every((requirement) => meets(requirement, { 'metadata.name': name }))
  )
}

function meets({ key, operator, values }: Fields, present: Readonly<Record<string, string>>): boolean {
  const value = typeof key === 'string' && Object.hasOwn(present, key) ? present[key] : undefined
  const wanted: readonly unknown[] = Array.isArray(values) ? values : []
  switch (operator) {
    case 'In':
      return value !== undefined && wanted.includes(value)
    case 'NotIn':
      return value === undefined || !wanted.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return isOrdered(wanted[0], value)
    case 'Lt':
      return isOrdered(value, wanted[0])
    default:
      // One that is newer than this release: whether it holds is not known.
      return false
  }
}

function isOrdered(less: unknown, more: unknown): boolean {
  const [low, high] = [wholeNumber(less), wholeNumber(more)]
  return low !== undefined && high !== undefined && low < high
}

/** As the scheduler reads it, in 64 bits; longer texts are not worked out. */
function wholeNumber(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || !/^[+-]?\d{1,63}$/.test(text)) return undefined
  const number = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, number) === number ? number : undefined
}
