import type { Container, Handler, Pod } from './pod.ts'

const proxyName = 'istio-proxy'
const variable = 'ISTIO_KUBE_APP_PROBERS'

/**
 * The probes of all containers but the proxy lead to its agent, which knows the former ones from a variable; handlers by HTTP
 * and TCP as well. What was rewritten before stays.
 * Source: istio/istio, pkg/kube/inject/app_probe.go (DumpAppProbers, patchRewriteProbe).
 */
export function rewriteProbes(pod: Pod, port: number): Pod {
  const { containers, initContainers = [] } = pod.spec
  const former = Object.fromEntries([...initContainers, ...containers].flatMap((each) => probersOf(each, port)))
  const rewritten = (all: readonly Container[]) => all.map((each) => withProbers(rewrite(each, port), former))
  return { ...pod, spec: { ...pod.spec, containers: rewritten(containers), initContainers: rewritten(initContainers) } }
}

const paths = (name: string) => ({
  readinessProbe: `/app-health/${name}/readyz`,
  livenessProbe: `/app-health/${name}/livez`,
  startupProbe: `/app-health/${name}/startupz`,
  preStop: `/app-lifecycle/${name}/prestopz`,
  postStart: `/app-lifecycle/${name}/poststartz`,
})

function probersOf(container: Container, statusPort: number): (readonly [string, object])[] {
  if (container.name === proxyName) return []
  const path = paths(container.name)
  const { readinessProbe, livenessProbe, startupProbe, lifecycle } = container
  const all = [
    [path.readinessProbe, proberOf(readinessProbe, container, statusPort)],
    [path.livenessProbe, proberOf(livenessProbe, container, statusPort)],
    [path.startupProbe, proberOf(startupProbe, container, statusPort)],
    [path.preStop, proberOf(lifecycle?.preStop, container, statusPort)],
    [path.postStart, proberOf(lifecycle?.postStart, container, statusPort)],
  ] as const
  return all.flatMap(([key, prober]) => (prober ? [[key, prober] as const] : []))
}

/** Ports by name are resolved; what leads to the agent is none. */
function proberOf(handler: Handler | undefined, { ports }: Container, statusPort: number): object | undefined {
  if (!handler) return undefined
  const { httpGet, tcpSocket, grpc, timeoutSeconds } = handler
  const asked = httpGet ?? tcpSocket
  if (!asked) return grpc && { grpc, timeoutSeconds }
  const named = ports?.find(({ name }) => name === asked.port)?.containerPort
  const port = typeof asked.port === 'number' ? asked.port : named
  if (port === undefined || port === statusPort) return undefined
  return { [httpGet ? 'httpGet' : 'tcpSocket']: { ...asked, port }, timeoutSeconds }
}

function rewrite(container: Container, statusPort: number): Container {
  if (container.name === proxyName) return container
  const path = paths(container.name)
  const { readinessProbe, livenessProbe, startupProbe, lifecycle } = container
  const handlers = lifecycle && {
    ...lifecycle,
    postStart: through(path.postStart, statusPort, lifecycle.postStart),
    preStop: through(path.preStop, statusPort, lifecycle.preStop),
  }
  const probes = {
    readinessProbe: through(path.readinessProbe, statusPort, readinessProbe),
    livenessProbe: through(path.livenessProbe, statusPort, livenessProbe),
    startupProbe: through(path.startupProbe, statusPort, startupProbe),
  }
  return JSON.parse(JSON.stringify({ ...container, ...probes, lifecycle: handlers }))
}

function through(path: string, port: number, handler: Handler | undefined): Handler | undefined {
  if (!handler || !(handler.httpGet || handler.tcpSocket || handler.grpc)) return handler
  const { tcpSocket: _, grpc: __, ...rest } = handler
  const { scheme, ...asked } = handler.httpGet ?? {}
  return { ...rest, httpGet: { ...asked, ...(scheme && { scheme: 'HTTP' }), path, port } }
}

function withProbers(container: Container, former: object): Container {
  if (container.name !== proxyName) return container
  const { env = [] } = container
  const known = JSON.parse(env.find(({ name }) => name === variable)?.value ?? '{}')
  const value = JSON.stringify({ ...former, ...known })
  if (value === '{}') return container
  return { ...container, env: [...env.filter(({ name }) => name !== variable), { name: variable, value }] }
}
