import { rewriteProbes } from './istio-probes.ts'
import { type Container, type Injector, type Pod, withMore } from './pod.ts'

/**
 * Istio's sidecar injector, release 1.27 and its neighbours: the order of containers, annotations, volumes and probes, without
 * what nobody here reads.
 * Sources: istio/istio, manifests/charts/istio-control/istio-discovery/files/injection-template.yaml,
 * pkg/kube/inject/webhook.go (reorderPod), pkg/kube/inject/app_probe.go, pkg/kube/inject/testdata/inject/.
 */
interface Options {
  readonly native: boolean
  /** The CNI plugin has redirected the traffic before any container starts. */
  readonly cni?: boolean
  readonly holdApplicationUntilProxyStarts?: boolean
}

const statusPort = 15_020

export const istio =
  (options: Options): Injector =>
  (pod) => {
    const proxy = proxyFor(pod, options)
    const setup = setupFor(pod, options)
    const others = withoutOwn(pod.spec.containers)
    const inits = withoutOwn(pod.spec.initContainers ?? [])
    const classic = options.holdApplicationUntilProxyStarts ? [proxy, ...others] : [...others, proxy]
    const initsOfClassic = options.cni ? [setup, ...inits] : [...inits, setup]
    const injected = withMore(pod, {
      metadata: metadataFor(pod, others, setup, options),
      containers: options.native ? others : classic,
      initContainers: options.native ? [setup, proxy, ...inits] : initsOfClassic,
      volumes: [...(pod.spec.volumes ?? []).filter(({ name }) => !volumeNames.includes(name)), ...volumes],
    })
    return rewriteProbes(injected, statusPort)
  }

const own: readonly string[] = ['istio-init', 'istio-validation', 'istio-proxy']
const withoutOwn = (containers: readonly Container[]) => containers.filter(({ name }) => !own.includes(name))

const volumes = [
  { name: 'workload-socket' },
  { name: 'istio-envoy', emptyDir: { medium: 'Memory' } },
  { name: 'istio-data', emptyDir: {} },
  {
    name: 'istio-token',
    projected: { sources: [{ serviceAccountToken: { audience: 'istio-ca', path: 'istio-token' } }] },
  },
]
const volumeNames = volumes.map(({ name }) => name)

const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '100m', memory: '128Mi' } }

/** A port list that cannot be read is refused, as by `parsePorts` in pkg/kube/inject/validate.go. */
function excludedInboundPorts({ metadata }: Pod): string {
  const list = metadata.annotations?.['traffic.sidecar.istio.io/excludeInboundPorts'] ?? ''
  const ports = list.trim() === '' ? [] : list.split(',').map((port) => port.trim())
  const wrong = ports.find((port) => !/^\d{1,5}$/.test(port))
  if (wrong !== undefined) throw new Error(`excludeInboundPorts invalid: failed parsing port '${wrong}'`)
  return [...ports, statusPort].join(',')
}

function setupFor(pod: Pod, { cni }: Options): Container {
  return {
    name: cni ? 'istio-validation' : 'istio-init',
    args: [
      ...[
        'istio-iptables',
        '-p',
        '15001',
        '-z',
        '15006',
        '-u',
        '1337',
        '-m',
        'REDIRECT',
        '-i',
        '*',
        '-x',
        '',
        '-b',
        '*',
      ],
      ...['-d', `15090,15021,${excludedInboundPorts(pod)}`],
      ...(cni ? ['--run-validation', '--skip-rule-apply'] : []),
    ],
    resources,
  }
}

function proxyFor(pod: Pod, { native, holdApplicationUntilProxyStarts }: Options): Container {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const present = all.find(({ name }) => name === 'istio-proxy')
  const wait = { postStart: { exec: { command: ['pilot-agent', 'wait'] } } }
  const drain = { preStop: { exec: { command: ['pilot-agent', 'request', '--debug-port=15020', 'POST', 'drain'] } } }
  return {
    name: 'istio-proxy',
    ...(native && { restartPolicy: 'Always', lifecycle: drain }),
    ...(!native && holdApplicationUntilProxyStarts && { lifecycle: wait }),
    ports: [{ containerPort: 15_090, protocol: 'TCP', name: 'http-envoy-prom' }],
    args: ['proxy', 'sidecar', '--domain', '$(POD_NAMESPACE).svc.cluster.local'],
    env: present?.env ?? [{ name: 'PILOT_CERT_PROVIDER', value: 'istiod' }],
    startupProbe: { httpGet: { path: '/healthz/ready', port: 15_021 } },
    readinessProbe: { httpGet: { path: '/healthz/ready', port: 15_021 } },
    resources,
    volumeMounts: [{ name: 'istio-envoy', mountPath: '/etc/istio/proxy' }],
  }
}

function metadataFor({ metadata }: Pod, [first]: readonly Container[], setup: Container, { native }: Options) {
  const initContainers = [setup.name, ...(native ? ['istio-proxy'] : [])]
  const status = {
    initContainers,
    containers: native ? null : ['istio-proxy'],
    volumes: volumeNames,
    revision: 'default',
  }
  return {
    annotations: {
      'istio.io/rev': 'default',
      ...(first && { 'kubectl.kubernetes.io/default-container': first.name }),
      ...metadata.annotations,
      'sidecar.istio.io/status': JSON.stringify(status),
    },
    labels: { 'security.istio.io/tlsMode': 'istio', 'service.istio.io/canonical-revision': 'latest' },
  }
}
