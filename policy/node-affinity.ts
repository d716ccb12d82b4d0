import { isRecord, recordsIn } from './json.ts'

/**
 * The node selector terms that an affinity requires, of which a node has to fit one; undefined where it requires none.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity
 */
export function requiredNodeTerms(affinity: unknown): readonly Readonly<Record<string, unknown>>[] | undefined {
  const required = member(member(affinity, 'nodeAffinity'), 'requiredDuringSchedulingIgnoredDuringExecution')
  return isRecord(required) ? recordsIn(required.nodeSelectorTerms) : undefined
}

const member = (value: unknown, name: string) => (isRecord(value) ? value[name] : undefined)
