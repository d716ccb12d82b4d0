import { annotations, readAnnotation } from './annotations.ts'
import { GreenroomError } from './greenroom-error.ts'
import { isInjected } from './injected-container.ts'
import { withoutIstio } from './istio-probes.ts'
import { hasHelper } from './own-parts.ts'
import { withOwnProbe } from './own-probe.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'

/** kubectl's own answer to "which container": https://kubernetes.io/docs/reference/labels-annotations-taints/ */
const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container'

/** The name that stands for itself in a pod of several containers. */
const conventionalName = 'app'

export interface AppContainer {
  /** Index in `spec.containers`. */
  readonly index: number
  /** With the probes and handlers that it came with, also where the sidecar answers them by now, or Istio. */
  readonly container: RawContainer
}

/**
 * The container that runs the app. What other webhooks put beside it does not count; and as some of them say which container
 * is kubectl's default, a later pass keeps to the choice of an earlier one.
 *
 * | annotation `container` | has the helper from an earlier pass | kubectl's default container | containers | the app is |
 * |---|---|---|---|---|
 * | names one of them | | | | that one |
 * | names none of them | | | | unclear |
 * | – | one of them | | | that one |
 * | – | – | names one of them | | that one |
 * | – | – | – | one | that one |
 * | – | – | – | several, one called `app` | `app` |
 * | – | – | the first of them, in a pod of Istio's | several, one called `app` | `app` |
 * | – | – | the first of them, in a pod of Istio's | several | the first |
 * | – | – | – | several | unclear |
 */
export function findAppContainer(pod: RawPod): AppContainer | GreenroomError {
  const containers = pod.spec.containers ?? []
  const at = (index: number): AppContainer | undefined => {
    const container = containers[index]
    return container && { index, container: withOwnProbe(withoutIstio(container, pod), pod) }
  }
  const find = (name: string | undefined) => at(containers.findIndex((container) => container.name === name))
  const wanted = readAnnotation(pod, annotations.container)
  if (wanted !== undefined) return find(wanted) ?? unclear(pod, wanted)
  const [only, ...others] = appsOf(pod)
  const byDefault = pod.metadata.annotations?.[defaultContainerAnnotation]
  return (
    at(containers.findIndex((container) => !isInjected(container) && hasHelper(container))) ??
    (isOfIstio(pod) && byDefault === only ? undefined : find(byDefault)) ??
    (others.length === 0 ? find(only) : undefined) ??
    find(conventionalName) ??
    find(byDefault) ??
    unclear(pod)
  )
}

/** Its injector names the first container kubectl's default where nobody has named one. */
const isOfIstio = ({ metadata }: RawPod) => metadata.annotations?.['sidecar.istio.io/status'] !== undefined

const appsOf = ({ spec }: RawPod) =>
  (spec.containers ?? []).filter((container) => !isInjected(container)).map(({ name }) => name)

function unclear(pod: RawPod, found?: string): GreenroomError {
  const names = appsOf(pod)
  return new GreenroomError('AppContainerUnclear', {
    at: `annotation ${annotations.container.key}`,
    ...(found !== undefined && { found }),
    expected: "the app container's name",
    fix: names.length === 1 ? `Write ${names[0]}.` : `Write one of ${names.join(', ')}.`,
  })
}
