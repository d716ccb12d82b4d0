import { annotations, findAnnotation, type WrittenKey, withoutKey, writtenByPeople } from './annotations.ts'
import { expectedOf } from './formats/bounded.ts'
import { GreenroomError } from './greenroom-error.ts'
import { keyPrefix, releasedLabel } from './names.ts'
import { nearest } from './nearest.ts'
import type { RawPod } from './schema/pod.ts'

/** A pod may have thousands; what is said about it goes into an annotation of its own, which has a limit. */
const mostUnknown = 10

/**
 * What is wrong with the keys of a pod, each by itself: unknown, malformed, or without effect in this release. Of the
 * unknown ones the first few.
 */
export function findKeyProblems(pod: RawPod): readonly GreenroomError[] {
  const written = writtenByPeople(pod)
  const unsaid = new Set(written.filter((each) => !findAnnotation(each)).slice(mostUnknown))
  return written.filter((each) => !unsaid.has(each)).flatMap((each) => problemOf(each) ?? [])
}

function problemOf(written: WrittenKey): GreenroomError | undefined {
  const { kind, key, text } = written
  const annotation = findAnnotation(written)
  if (!annotation) return unknownKey(written)
  const { format, support, example } = annotation
  if (format.parse(text) === undefined) {
    const otherwise = withoutKey(key)
    return new GreenroomError('AnnotationMalformed', {
      at: `${kind} ${key}`,
      found: text,
      expected: expectedOf(format, text),
      fix: `Write ${key}: ${JSON.stringify(example)}, or remove it${otherwise === undefined ? '' : ` to take ${otherwise}`}.`,
    })
  }
  if (support === 'built') return undefined
  return new GreenroomError('NotYetSupported', {
    at: `${kind} ${key}`,
    found: text,
    expected: 'a later release',
    fix: 'It has no effect yet.',
  })
}

function unknownKey({ kind, key }: WrittenKey): GreenroomError {
  return new GreenroomError('AnnotationUnknown', {
    at: `${kind} key`,
    found: key,
    expected: kind === 'label' ? `${annotations.inject.key} or an annotation` : 'a known key',
    fix: fixUnknown(key),
  })
}

function fixUnknown(key: string): string {
  if (key === releasedLabel) return 'It is a label, and belongs on the ReplicaSet.'
  const known = Object.values(annotations).map((annotation) => annotation.key.slice(keyPrefix.length))
  const suggestion = nearest(key.slice(keyPrefix.length), known)
  return suggestion ? `Did you mean annotation ${keyPrefix}${suggestion}?` : `Known are ${known.join(', ')}.`
}
