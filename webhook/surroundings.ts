import type { Labels } from '../policy/label-selector.ts'
import {
  type LxcfsNode,
  type LxcfsSurroundings,
  type PodSecurity,
  podSecurityOf,
} from '../policy/lxcfs/surroundings.ts'

export interface SurroundingsParts {
  /** The same list as long as nothing of it changes. */
  readonly nodes: () => readonly LxcfsNode[]
  readonly labelsOf: (namespace: string) => Labels | Promise<Labels>
}

export type FindSurroundings = (namespace: string) => LxcfsSurroundings | Promise<LxcfsSurroundings>

/** The surroundings of a namespace's pods: one object for the same level and the same nodes, for known templates go by it. */
export function createSurroundings({ nodes, labelsOf }: SurroundingsParts): FindSurroundings {
  let snapshot: readonly LxcfsNode[] | undefined
  let byLevel = new Map<PodSecurity, LxcfsSurroundings>()
  const surroundingsAt = (podSecurity: PodSecurity): LxcfsSurroundings => {
    const present = nodes()
    if (present !== snapshot) {
      snapshot = present
      byLevel = new Map()
    }
    const known = byLevel.get(podSecurity)
    if (known) return known
    const surroundings = { podSecurity, nodes: present }
    byLevel.set(podSecurity, surroundings)
    return surroundings
  }
  return (namespace) => {
    const labels = labelsOf(namespace)
    return labels instanceof Promise
      ? labels.then((read) => surroundingsAt(podSecurityOf(read)))
      : surroundingsAt(podSecurityOf(labels))
  }
}
