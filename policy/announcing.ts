import { annotations, readAnnotation } from './annotations.ts'
import { requestsOf } from './announcer-requests.ts'
import { GreenroomError } from './greenroom-error.ts'
import { nearest } from './nearest.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawPod } from './schema/pod.ts'
import type { Announcing } from './settings.ts'

/** Whom the pod's sidecar tells; undefined where nobody. `port` is what `{port}` stands for. */
export function resolveAnnouncing(pod: RawPod, policy: InjectionPolicy, port: number): Announcing | undefined {
  const annotated = readAnnotation(pod, annotations.announce)
  const isKnown = annotated && unknownNames(annotated, policy).length === 0
  const names = isKnown ? annotated : policy.announce
  const announcers = policy.announcers
    .filter(({ name }) => names.includes(name))
    .map((announcer) => ({ name: announcer.name, timeoutMs: announcer.timeout, ...requestsOf(announcer) }))
  return announcers.length > 0 ? { port, announcers } : undefined
}

/** An annotation that names an announcer which the policy does not have. */
export function findAnnouncerProblem(pod: RawPod, policy: InjectionPolicy): GreenroomError | undefined {
  const [found] = unknownNames(readAnnotation(pod, annotations.announce) ?? [], policy)
  if (found === undefined) return undefined
  return new GreenroomError('AnnouncerUnknown', {
    at: `annotation ${annotations.announce.key}`,
    found,
    expected: "the policy's announcers",
    fix: remedyFor(
      found,
      policy.announcers.map(({ name }) => name),
    ),
  })
}

function remedyFor(found: string, known: readonly string[]): string {
  if (known.length === 0) return 'It has none: ask whoever runs Greenroom for one, or remove the annotation.'
  const suggestion = nearest(found, known)
  return suggestion ? `Did you mean ${suggestion}?` : `They are ${known.join(', ')}.`
}

const unknownNames = (names: readonly string[], { announcers }: InjectionPolicy) =>
  names.filter((name) => !announcers.some((announcer) => announcer.name === name))
