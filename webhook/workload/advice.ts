import { isDeepStrictEqual } from 'node:util'
import type { GreenroomError } from '../../policy/greenroom-error.ts'
import { isRecord } from '../../policy/json.ts'
import type { Labels } from '../../policy/label-selector.ts'
import { reasons } from '../../policy/reasons.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import { admit, type Setup } from '../admit.ts'
import { isPod } from '../pod-shape.ts'
import { podTemplateOf } from './pod-template.ts'

/** A workload that somebody creates or changes. */
export interface WorkloadChange {
  readonly kind: string
  readonly object: unknown
  /** As it was before; null or undefined where it is new. */
  readonly before: unknown
  readonly namespace: string
}

/** What the person who applies a workload is told, in place of its pods, which nobody watches being created. */
export type Advice =
  | { readonly kind: 'allow'; readonly warnings: readonly string[] }
  | { readonly kind: 'deny'; readonly problems: readonly [GreenroomError, ...GreenroomError[]] }

const nothing: Advice = { kind: 'allow', warnings: [] }

/**
 * Judges the template as its pods will be judged, while the person who can mend it is waiting.
 *
 * | the workload | |
 * |---|---|
 * | is made by a controller, as a Deployment's ReplicaSet is | nothing is said |
 * | has the template that it had | nothing is said: what was admitted stays admissible |
 * | has a malformed, unknown or forbidden key | denied |
 * | its pods will be injected or skipped with something to say | the pods' warnings |
 */
export async function adviseOn(
  { kind, object, before, namespace }: WorkloadChange,
  findSetup: (labels: Labels) => Setup | Promise<Setup>,
): Promise<Advice> {
  const template = podTemplateOf(kind, object)
  if (!template || hasController(object) || isDeepStrictEqual(template, podTemplateOf(kind, before))) return nothing
  const pod = podOf(template)
  if (!pod) return nothing
  const { decision, warnings } = admit(pod, namespace, await findSetup(pod.metadata.labels ?? {}))
  const [first, ...others] = decision.problems.filter(({ code }) => reasons[code].outcome === 'fallback')
  return first ? { kind: 'deny', problems: [first, ...others] } : { kind: 'allow', warnings }
}

/** A pod of the template, made by a controller: nothing is denied, and all that would be is told. */
function podOf({ metadata, spec }: Readonly<Record<string, unknown>>): RawPod | undefined {
  const ownerReferences = [{ kind: 'Workload', name: 'workload', controller: true }]
  const pod = { spec, metadata: { ...(isRecord(metadata) && metadata), ownerReferences } }
  return isPod(pod) ? pod : undefined
}

function hasController(object: unknown): boolean {
  const { ownerReferences } = isRecord(object) && isRecord(object.metadata) ? object.metadata : {}
  return Array.isArray(ownerReferences) && ownerReferences.some((each) => isRecord(each) && each.controller === true)
}
