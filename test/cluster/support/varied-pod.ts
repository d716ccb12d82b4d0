import fc from 'fast-check'
import { ordersContainer } from './pod.ts'

/** Pods as different as the API server takes them, each valid in a `restricted` namespace and without a key of ours. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

const seconds = (min: number) => maybe(fc.integer({ min, max: 60 }))
const timing = fc.record({
  initialDelaySeconds: seconds(0),
  periodSeconds: seconds(1),
  timeoutSeconds: seconds(1),
  failureThreshold: seconds(1),
})
const httpGet = fc.record({
  port: fc.constantFrom<(number | string)[]>(8080, 'web'),
  path: maybe(fc.constantFrom('/health', '/ready?full=1')),
  scheme: maybe(fc.constantFrom('HTTP', 'HTTPS')),
  httpHeaders: maybe(fc.constant([{ name: 'X-Key', value: 'open' }])),
})
const asked = fc.oneof(
  fc.record({ httpGet }),
  fc.record({ tcpSocket: fc.constant({ port: 'web' }) }),
  fc.record({ exec: fc.constant({ command: ['/app/orders', 'get'] }) }),
  fc.record({ grpc: fc.constant({ port: 8080 }) }),
)
const probe = fc.tuple(timing, asked).map(([times, kind]) => ({ ...times, ...kind }))
const patient = probe.map((each) => ({ ...each, terminationGracePeriodSeconds: 5 }))

const handler = fc.oneof(
  fc.record({ exec: fc.constant({ command: ['/app/orders', 'get', '--', '$(HOME)'] }) }),
  fc.record({ httpGet: httpGet.map(({ scheme: _, ...rest }) => rest) }),
  fc.record({ sleep: fc.record({ seconds: fc.nat({ max: 5 }) }) }),
)
const lifecycle = fc.record({ postStart: maybe(handler), preStop: maybe(handler) })

/** Within the LimitRange of the test, in several spellings; what is left out, it fills in where it is. */
const resources = fc.constantFrom(
  undefined,
  {},
  { requests: { cpu: '100m' } },
  { limits: { memory: '0.5Gi' } },
  { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
)
const equal = fc.constantFrom({ limits: { cpu: '0.1', memory: '64Mi' } }, { limits: { cpu: '1', memory: '1e8' } })

const env = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 5 },
  { arbitrary: fc.constant([{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }]), weight: 5 },
  {
    arbitrary: fc.constant(
      Array.from({ length: 1_500 }, (_, index) => ({ name: `VARIABLE_${index}`, value: '$(A) $$' })),
    ),
    weight: 1,
  },
)

const fields = {
  command: maybe(fc.constant(['/app/orders'])),
  args: maybe(fc.constant(['serve', '$(POD)'])),
  env,
  envFrom: maybe(fc.constant([{ configMapRef: { name: 'settings', optional: true } }])),
  workingDir: maybe(fc.constant('/tmp')),
  volumeMounts: maybe(fc.constantFrom([], [{ name: 'scratch', mountPath: '/scratch', subPath: 'a' }])),
  terminationMessagePath: maybe(fc.constant('/tmp/message')),
  terminationMessagePolicy: maybe(fc.constant('FallbackToLogsOnError')),
  resources,
  stdin: maybe(fc.constant(true)),
}
const startable = {
  lifecycle: maybe(lifecycle),
  readinessProbe: maybe(probe),
  livenessProbe: maybe(patient),
  startupProbe: maybe(patient),
}
const ports = (first: number) => fc.constantFrom(undefined, [{ containerPort: first, protocol: 'UDP' }])

const app = fc.record({ ...fields, ...startable })
const beside = fc.record({ ...fields, lifecycle: maybe(lifecycle), ports: ports(9090) })
const init = fc.record({ ...fields, ports: ports(9091) })
const sidecar = fc.record({ ...fields, restartPolicy: fc.constant('Always'), ports: ports(9092) })

const spec = fc.record({
  terminationGracePeriodSeconds: maybe(fc.integer({ min: 10, max: 120 })), // Above what handlers sleep.
  restartPolicy: fc.constantFrom(undefined, 'Always', 'OnFailure', 'Never'),
  securityContext: fc.constantFrom(undefined, {}, { fsGroup: 3000 }, { runAsUser: 1000, supplementalGroups: [4000] }),
  imagePullSecrets: fc.constantFrom(undefined, [], [{ name: 'own' }]),
  tolerations: maybe(fc.constant([{ key: 'spot', operator: 'Exists' }])),
  hostAliases: maybe(fc.constant([{ ip: '10.0.0.1', hostnames: ['db'] }])),
  shareProcessNamespace: maybe(fc.boolean()),
  dnsConfig: maybe(fc.constant({ options: [{ name: 'ndots', value: '1' }] })),
  activeDeadlineSeconds: maybe(fc.constant(600)),
  affinity: maybe(fc.constant({ nodeAffinity: {} })),
  resources: fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 4 },
    fc.constantFrom({ requests: { cpu: '3', memory: '3Gi' } }, { limits: { cpu: '4', memory: '4Gi' } }),
  ),
})

const named = (name: string, container: object) => ({ ...ordersContainer(name), ...container })

const variedPod = fc
  .record({
    spec,
    app,
    beside: fc.array(beside, { maxLength: 1 }),
    inits: fc.tuple(fc.array(sidecar, { maxLength: 1 }), fc.array(init, { maxLength: 1 })),
    equal: fc.option(equal, { freq: 4 }),
    labels: fc.constantFrom(undefined, {}, { app: 'orders' }),
    annotations: fc.constantFrom(undefined, {}, { note: 'x/y~z' }, { 'config.linkerd.io/skip-inbound-ports': '9090' }),
  })
  .map(({ spec, app, beside, inits, equal, labels, annotations }) => {
    const as = (name: string, container: object) => named(name, equal ? { ...container, resources: equal } : container)
    const [sidecars, others] = inits
    const initContainers = [...sidecars.map((each) => as('proxy', each)), ...others.map((each) => as('init', each))]
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { labels, annotations },
      spec: {
        ...spec,
        automountServiceAccountToken: false,
        volumes: [{ name: 'scratch', emptyDir: {} }],
        initContainers,
        containers: [
          ...beside.map((each) => as('beside', each)),
          as('app', { ...app, ports: [{ name: 'web', containerPort: 8080 }] }),
        ],
      },
    }
  })

/** The same pods for the same seed, without `undefined`, named by their place. */
export function variedPods(count: number, seed: number): readonly VariedPod[] {
  const pods: VariedPod[] = JSON.parse(JSON.stringify(fc.sample(variedPod, { numRuns: count, seed })))
  return pods.map((pod, index) => ({ ...pod, metadata: { ...pod.metadata, name: `varied-${index}` } }))
}

export interface VariedPod {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly resources?: { readonly requests?: object } }
}

/**
 * Whether a LimitRange lets it in at all: requests that the pod as a whole leaves out are those of its containers, until the
 * LimitRange adds to these.
 */
export const fitsLimitRange = ({ spec }: VariedPod): boolean => !spec.resources || spec.resources.requests !== undefined
