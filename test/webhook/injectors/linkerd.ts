import { type Container, type Injector, type Pod, withMore } from './pod.ts'

/**
 * Linkerd's proxy injector, edge releases of 2026: where it adds what, and which ports its init container leaves alone.
 * Sources: linkerd/linkerd2, charts/patch/templates/patch.json, charts/partials/templates/_proxy.tpl, _proxy-init.tpl and
 * _network-validator.tpl, pkg/healthcheck/sidecar.go, controller/proxy-injector/fake/data/.
 */
interface Options {
  readonly native: boolean
  /** The CNI plugin has redirected the traffic before any container starts. */
  readonly cni?: boolean
  /** The app waits for the proxy, which is the default. */
  readonly await?: boolean
}

const ownInits: readonly string[] = ['linkerd-init', 'istio-init']
const proxies: readonly string[] = ['linkerd-proxy', 'istio-proxy']

export const linkerd =
  (options: Options): Injector =>
  (pod) => {
    const { containers, initContainers = [], volumes = [] } = pod.spec
    const isThere = [...containers, ...initContainers].some(({ name }) => proxies.includes(name))
    if (isThere || initContainers.some(({ name }) => ownInits.includes(name))) return pod
    const { native, await: waits = true } = options
    const [setup, proxy] = [setupFor(pod, options), proxyFor(pod, options)]
    const classic = waits ? [proxy, ...containers] : [...containers, proxy]
    return withMore(pod, {
      metadata: {
        annotations: { 'linkerd.io/proxy-version': 'edge-26.8.2', 'linkerd.io/trust-root-sha256': '5090806b' },
        labels: { 'linkerd.io/control-plane-ns': 'linkerd', 'linkerd.io/workload-ns': 'shop' },
      },
      volumes: [
        ...volumes,
        ...(options.cni ? [] : [{ name: 'linkerd-proxy-init-xtables-lock', emptyDir: {} }]),
        { name: 'linkerd-identity-end-entity', emptyDir: { medium: 'Memory' } },
        { name: 'linkerd-identity-token', projected: { sources: [] } },
      ],
      containers: native ? containers : classic,
      initContainers: native ? [setup, proxy, ...initContainers] : [...initContainers, setup],
    })
  }

/** The annotation takes the place of the default. */
function ignoredInboundPorts({ metadata }: Pod): string {
  const ports = metadata.annotations?.['config.linkerd.io/skip-inbound-ports'] ?? '4567,4568'
  return ports === '' ? '4190,4191' : `4190,4191,${ports}`
}

function setupFor(pod: Pod, { cni }: Options): Container {
  if (cni) return { name: 'linkerd-network-validator', command: ['/usr/lib/linkerd/linkerd2-network-validator'] }
  return {
    name: 'linkerd-init',
    command: ['/usr/lib/linkerd/linkerd2-proxy-init'],
    args: [
      ...['--incoming-proxy-port', '4143', '--outgoing-proxy-port', '4140', '--proxy-uid', '2102'],
      ...['--inbound-ports-to-ignore', ignoredInboundPorts(pod), '--outbound-ports-to-ignore', '4567,4568'],
    ],
    volumeMounts: [{ name: 'linkerd-proxy-init-xtables-lock', mountPath: '/run' }],
  }
}

function proxyFor({ spec }: Pod, { native, await: waits = true }: Options): Container {
  const ports = [...(spec.initContainers ?? []), ...spec.containers].flatMap((each) => each.ports ?? [])
  const inbound = [...new Set(ports.map(({ containerPort }) => containerPort))].join(',')
  const awaits = { exec: { command: ['/usr/lib/linkerd/linkerd-await', '--timeout=2m', '--port=4191'] } }
  return {
    name: 'linkerd-proxy',
    ...(native && { restartPolicy: 'Always', startupProbe: { httpGet: { path: '/ready', port: 4191 } } }),
    ...(!native && waits && { lifecycle: { postStart: awaits } }),
    env: [{ name: 'LINKERD2_PROXY_INBOUND_PORTS', value: inbound }],
    ports: [
      { containerPort: 4143, name: 'linkerd-proxy' },
      { containerPort: 4191, name: 'linkerd-admin' },
    ],
    livenessProbe: { httpGet: { path: '/live', port: 4191 } },
    readinessProbe: { httpGet: { path: '/ready', port: 4191 } },
    volumeMounts: [
      { name: 'linkerd-identity-end-entity', mountPath: '/var/run/linkerd/identity/end-entity' },
      { name: 'linkerd-identity-token', mountPath: '/var/run/secrets/tokens' },
    ],
  }
}
