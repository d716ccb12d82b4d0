import { annotations, readAnnotation } from './annotations.ts'
import { GreenroomError } from './greenroom-error.ts'
import { withOwnProbe } from './own-probe.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'

/** kubectl's own answer to "which container": https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container'

/** The name that stands for itself in a pod of several containers. */
const conventionalName = 'app'

export interface AppContainer {
  /** Index in `spec.containers`. */
  readonly index: number
  /** With the readiness probe that it came with, also where the sidecar answers it by now. */
  readonly container: RawContainer
}

/**
 * The container that runs the app.
 *
 * | annotation `container` | kubectl's default container | containers | the app is |
 * |---|---|---|---|
 * | names one of them | | | that one |
 * | names none of them | | | unclear |
 * | – | names one of them | | that one |
 * | – | – | one | that one |
 * | – | – | several, one called `app` | `app` |
 * | – | – | several | unclear |
 */
export function findAppContainer(pod: RawPod): AppContainer | GreenroomError {
  const containers = pod.spec.containers ?? []
  const find = (name: string | undefined): AppContainer | undefined => {
    const index = containers.findIndex((container) => container.name === name)
    const container = containers[index]
    return container && { index, container: withOwnProbe(container, pod) }
  }
  const wanted = readAnnotation(pod, annotations.container)
  if (wanted !== undefined) return find(wanted) ?? unclear(pod, wanted)
  const [only, ...others] = containers
  return (
    find(pod.metadata.annotations?.[defaultContainerAnnotation]) ??
    (only && others.length === 0 ? { index: 0, container: withOwnProbe(only, pod) } : undefined) ??
    find(conventionalName) ??
    unclear(pod)
  )
}

function unclear({ spec }: RawPod, found?: string): GreenroomError {
  const names = (spec.containers ?? []).map(({ name }) => name)
  return new GreenroomError('AppContainerUnclear', {
    at: `annotation ${annotations.container.key}`,
    ...(found !== undefined && { found }),
    expected: "the app container's name",
    fix: names.length === 1 ? `Write ${names[0]}.` : `Write one of ${names.join(', ')}.`,
  })
}
