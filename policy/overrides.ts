import { annotations, findAnnotation, readAnnotation, type WrittenKey, writtenByPeople } from './annotations.ts'
import { GreenroomError } from './greenroom-error.ts'
import { keyPrefix } from './names.ts'
import { fitsPattern } from './pattern.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { PodHead } from './schema/pod.ts'

/** The pod as far as the policy listens to it, and what it does not listen to. */
export interface Heard<Pod> {
  readonly pod: Pod
  readonly problems: readonly GreenroomError[]
}

type Labelled = Pick<PodHead, 'metadata'>

/** Takes out of a pod what the policy does not let pods say; a pod that says nothing of the kind is handed back itself. */
export function hearPod<Pod extends Labelled>(pod: Pod, policy: InjectionPolicy): Heard<Pod> {
  if (policy.optOut && policy.overrides.includes('*')) return { pod, problems: [] }
  const forbidden = writtenByPeople(pod).filter((written) => isForbidden(written, pod, policy))
  if (forbidden.length === 0) return { pod, problems: [] }
  const keys = new Set(forbidden.map(({ key }) => key))
  const { annotations, labels } = pod.metadata
  const metadata = { ...pod.metadata, annotations: without(annotations, keys), labels: without(labels, keys) }
  return { pod: { ...pod, metadata }, problems: forbidden.map((written) => problemOf(written, policy)) }
}

/** Keys that nobody knows are another problem. */
function isForbidden(written: WrittenKey, pod: Labelled, { overrides, optOut }: InjectionPolicy): boolean {
  if (!findAnnotation(written)) return false
  const { key } = written
  // Whether a pod may stay out is `optOut` alone; that it asks is nothing that a policy could mind.
  if (key === annotations.inject.key) return !optOut && readAnnotation(pod, annotations.inject) === false
  return !overrides.some((pattern) => fitsPattern(pattern, key.slice(keyPrefix.length)))
}

function problemOf({ kind, key, text }: WrittenKey, { overrides }: InjectionPolicy): GreenroomError {
  return new GreenroomError('AnnotationNotAllowed', {
    at: `${kind} ${key}`,
    found: text,
    expected: 'what the policy lets pods say',
    fix: `Remove it, or have the policy changed: ${
      key === annotations.inject.key ? 'its optOut is false' : `its overrides are ${overrides.join(', ') || 'none'}`
    }.`,
  })
}

function without<V>(entries: Readonly<Record<string, V>> | null | undefined, keys: ReadonlySet<string>) {
  return entries && Object.fromEntries(Object.entries(entries).filter(([key]) => !keys.has(key)))
}
