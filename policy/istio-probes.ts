import { allContainers } from './pod-parts.ts'
import { type IstioProbers, istioProbersSchema } from './schema/istio-probers.ts'
import type { RawContainer, RawHandler, RawPod } from './schema/pod.ts'

/** In the environment of Istio's proxy. */
const variable = 'ISTIO_KUBE_APP_PROBERS'

/**
 * The container with the probes and handlers that it came with, where Istio's injector has led them to its agent: what is derived
 * from them must not hang on which webhook was first. Only what still leads there is undone.
 * https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/
 */
export function withoutIstio(container: RawContainer, pod: RawPod): RawContainer {
  const probers = readProbers(pod)
  if (!probers) return container
  const { readinessProbe, livenessProbe, startupProbe, lifecycle } = container
  const health = `/app-health/${container.name}`
  const handlers = `/app-lifecycle/${container.name}`
  return {
    ...container,
    ...(readinessProbe && { readinessProbe: restored(readinessProbe, `${health}/readyz`, probers) }),
    ...(livenessProbe && { livenessProbe: restored(livenessProbe, `${health}/livez`, probers) }),
    ...(startupProbe && { startupProbe: restored(startupProbe, `${health}/startupz`, probers) }),
    ...(lifecycle && {
      lifecycle: {
        ...lifecycle,
        postStart: restoredHandler(lifecycle.postStart, `${handlers}/poststartz`, probers),
        preStop: restoredHandler(lifecycle.preStop, `${handlers}/prestopz`, probers),
      },
    }),
  }
}

function readProbers(pod: RawPod): IstioProbers | undefined {
  const proxy = allContainers(pod).find(({ name }) => name === 'istio-proxy')
  const text = proxy?.env?.find(({ name }) => name === variable)?.value
  try {
    return text ? istioProbersSchema.safeParse(JSON.parse(text)).data : undefined
  } catch {
    return undefined // Of another release: then what is there counts, and leads to the app as well.
  }
}

type Probe = NonNullable<RawContainer['readinessProbe']>

function restored(probe: Probe, path: string, probers: IstioProbers): Probe {
  const prober = probe.httpGet?.path === path ? probers[path] : undefined
  if (!prober) return probe
  const { httpGet: _, ...timing } = probe
  const { timeoutSeconds: __, ...action } = prober
  return { ...timing, ...action }
}

/** By TCP it stays as Istio has it: its agent can do what we cannot. */
function restoredHandler(handler: RawHandler, path: string, probers: IstioProbers): RawHandler {
  const httpGet = handler?.httpGet?.path === path ? probers[path]?.httpGet : undefined
  return httpGet ? { httpGet } : handler
}
