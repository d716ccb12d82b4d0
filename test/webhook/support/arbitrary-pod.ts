import fc from 'fast-check'
import type { Amounts, Pod } from './generated.ts'
import { amountOf } from './qos-class.ts'

/** Pods as an API server may send them: any collection may be missing, null or empty, and any object has fields of its own. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof(fc.constant(undefined), fc.constant(null), { arbitrary, weight: 2 })

/** A field newer than Greenroom, with any JSON in it. */
const futureField = fc.option(fc.jsonValue({ maxDepth: 1 }), { nil: undefined, freq: 2 })

const word = fc.string({ maxLength: 8 })
/** Below those that the sidecar takes: which one it takes is not what is asked here. */
const port = fc.integer({ min: 1, max: 14_999 })
const portOrName = fc.oneof(port, fc.constant('web'))
const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/)
const texts = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}(\.[a-z]{1,4}\/[a-z~]{1,6})?$/), word, { maxKeys: 3 })
const headers = maybe(fc.array(fc.record({ name: fc.constantFrom('Host', 'X-Key'), value: word }), { maxLength: 2 }))
const path = fc.constantFrom('/', '/health', 'ready?full=1', '/a/b')
const host = fc.constantFrom(undefined, undefined, '', '10.0.0.1')
const scheme = fc.constantFrom(undefined, null, 'HTTP', 'HTTPS')

/** Every form of a probe, with all that can be said of its timing. */
const asked = fc.oneof(
  fc.record({ httpGet: fc.record({ path: maybe(path), port: portOrName, host, scheme, httpHeaders: headers }) }),
  fc.record({ tcpSocket: fc.record({ port: portOrName, host }) }),
  fc.record({ exec: fc.record({ command: maybe(fc.array(word, { maxLength: 3 })) }) }),
  fc.record({ grpc: fc.record({ port, service: maybe(word) }) }),
)
const seconds = fc.option(fc.nat({ max: 60 }), { nil: undefined })
const timing = fc.record({
  initialDelaySeconds: seconds,
  periodSeconds: seconds,
  timeoutSeconds: seconds,
  failureThreshold: seconds,
  terminationGracePeriodSeconds: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 2 }),
  future: futureField,
})
const probe = fc.tuple(asked, timing).map(([kind, times]) => ({ ...times, ...kind }))

/** Every form of a handler that can be kept. */
const handler = fc.oneof(
  fc.record({ exec: fc.record({ command: fc.array(word, { minLength: 1, maxLength: 3 }) }) }),
  fc.record({
    httpGet: fc.record({
      path: maybe(path),
      port: portOrName,
      host,
      scheme: fc.constantFrom(undefined, null, 'HTTP'),
      httpHeaders: headers,
    }),
  }),
  fc.record({ sleep: fc.record({ seconds: fc.nat({ max: 60 }) }) }),
)
/** And those that cannot, which are nobody's business in another container. */
const anyHandler = fc.oneof(
  handler,
  fc.record({ tcpSocket: fc.record({ port }) }),
  fc.record({ httpGet: fc.record({ port, scheme: fc.constant('HTTPS') }) }),
  fc.record({ fax: fc.record({ number: fc.constant('+49 1') }) }),
)
const lifecycle = (each: fc.Arbitrary<unknown>) =>
  maybe(fc.record({ postStart: maybe(each), preStop: maybe(each), stopSignal: fc.constantFrom(undefined, 'SIGUSR1') }))

/** In the spellings that the test of QoS classes reads. */
const amounts = fc.record({
  cpu: fc.constantFrom('1', '500m', '5m', '0', undefined),
  memory: fc.constantFrom('1Gi', '64Mi', '1000', undefined),
  'ephemeral-storage': fc.constantFrom('1Gi', undefined, undefined),
})

/** The API server refuses a request above its limit; in sums over containers, such ones may look like a Guaranteed pod. */
const withinLimits = ({ requests, limits, ...rest }: { requests?: Amounts; limits?: Amounts }) => {
  const isAbove = (name: string, text = '0') => limits?.[name] && amountOf(text) > amountOf(limits[name])
  const fitting = Object.entries(requests ?? {}).filter(([name, text]) => !isAbove(name, text))
  return { ...rest, limits, requests: requests && Object.fromEntries(fitting) }
}

const free = fc
  .record({ requests: maybe(amounts), limits: maybe(amounts), claims: maybe(fc.constant([])) })
  .map((drawn) => withinLimits(JSON.parse(JSON.stringify(drawn))))
const equal = fc.constantFrom(
  { limits: { cpu: '1', memory: '1Gi' } },
  { limits: { cpu: '1', memory: '64Mi' }, requests: { cpu: '1000m', memory: '64Mi' } },
)

/** A few, or as many as some charts write. */
const variable = fc.record({ name: word, value: maybe(word), future: futureField })
const many = Array.from({ length: 1_500 }, (_, index) => ({
  name: `VARIABLE_${index}`,
  value: `$(VARIABLE_${index - 1})`,
}))
const env = maybe(
  fc.oneof(
    { arbitrary: fc.array(variable, { maxLength: 3 }), weight: 1_000 },
    { arbitrary: fc.constant(many), weight: 1 },
  ),
)

/** Some are where, or above where, other things of Greenroom's may go. */
const mountPath = fc.oneof(
  { arbitrary: path.map((text) => `/data${text}`), weight: 5 },
  fc.constantFrom('/proc/meminfo', '/proc//stat/', '/sys/devices'),
)

const containerFields = (handlers: fc.Arbitrary<unknown>) => ({
  image: word,
  command: maybe(fc.array(word, { maxLength: 3 })),
  args: maybe(fc.array(word, { maxLength: 3 })),
  ports: fc
    .array(fc.record({ containerPort: port, future: futureField }), { maxLength: 2 })
    .map((ports) => [{ name: 'web', containerPort: 8080 }, ...ports]),
  env,
  volumeMounts: maybe(fc.array(fc.record({ name, mountPath, future: futureField }), { maxLength: 2 })),
  lifecycle: lifecycle(handlers),
  resources: maybe(free),
  readinessProbe: maybe(probe),
  livenessProbe: maybe(probe),
  startupProbe: maybe(probe),
  terminationMessagePath: fc.constantFrom(undefined, null, '/dev/termination-log', '/tmp/message'),
  securityContext: fc.constantFrom(undefined, null, {}, { runAsUser: 1000 }),
  future: futureField,
})

/** Annotations that shape an injection. */
const shaping = fc.record(
  {
    'greenroom.dev/drain': fc.constant('max=9s'),
    'greenroom.dev/debug': fc.constant('true'),
    'greenroom.dev/check': fc.constant('true'),
    'greenroom.dev/healthcheck-dir': fc.constant('/srv/www/greenroom'),
    'greenroom.dev/pre-start': fc.constantFrom('off', '/app/prepare $(X)'),
    'greenroom.dev/entrypoint': fc.constant('["/entrypoint.sh"]'),
    'greenroom.dev/authorize': fc.constantFrom('', 'mysql:orders'),
    'greenroom.dev/status': word,
    'traffic.sidecar.istio.io/excludeInboundPorts': fc.constantFrom('', '9090', '15720, 9090', '*', '9090,'),
    'config.linkerd.io/skip-inbound-ports': fc.constantFrom('', '4567,4568', '15000-16000'),
    'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': fc.constantFrom('', 'cache', 'cache,greenroom'),
  },
  { requiredKeys: [] },
)

/** Asked for by a label, a pod may have no annotation at all. */
const metadata = fc.oneof(
  fc.record({
    annotations: maybe(texts),
    labels: fc.constant({ 'greenroom.dev/inject': 'true' }),
    future: futureField,
  }),
  {
    arbitrary: fc
      .record({ shaping, texts, labels: maybe(texts), future: futureField })
      .map(({ shaping, texts, ...rest }) => ({
        ...rest,
        annotations: { ...texts, 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': ':8080/health', ...shaping },
      })),
    weight: 3,
  },
)

/** What a person would be denied, a controller's pod gets without: an authorization that no policy offers. */
const ownerReferences = [{ kind: 'ReplicaSet', name: 'orders', controller: true }]

const probed = { httpGet: { path: '/health', port: 'web' } }

const app = fc.record({ name: fc.constant('app'), ...containerFields(handler) })

/** Of the other containers nothing is read, so some hundred of them do, drawn once for the time that it takes. */
const neighbour = fc.constantFrom(
  ...fc.sample(
    fc.record({
      ...containerFields(anyHandler),
      restartPolicy: fc.constantFrom(undefined, undefined, null, 'Always'),
    }),
    { numRuns: 500, seed: 1 },
  ),
)
const named = (containers: readonly object[], prefix: string) =>
  containers.map((container, index) => ({ ...container, name: `${prefix}-${index}` }))

const parts = fc.record({
  volumes: maybe(fc.array(fc.record({ name: name.map((text) => `v-${text}`), future: futureField }), { maxLength: 2 })),
  initContainers: maybe(fc.array(neighbour, { maxLength: 2 }).map((inits) => named(inits, 'init'))),
  containers: fc
    .tuple(app, fc.array(neighbour, { maxLength: 1 }))
    .map(([first, rest]) => [...named(rest, 'beside'), first]),
  terminationGracePeriodSeconds: maybe(fc.nat({ max: 600 })),
  imagePullSecrets: maybe(fc.subarray([{ name: 'own' }, { name: 'registry' }])),
  resources: fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, maybe(free)),
  nodeSelector: maybe(fc.constantFrom({ disk: 'ssd' }, { 'greenroom.dev/lxcfs': 'canary' })),
  shareProcessNamespace: fc.constantFrom(undefined, undefined, null, true),
  future: futureField,
})

/** Whether all containers have the resources of a Guaranteed pod is drawn for the pod: by chance few would be one. */
const spec = fc.record({ parts, equal: fc.option(equal, { freq: 2 }) }).map(({ parts, equal }) => {
  if (!equal) return parts
  const guaranteed = (containers: readonly object[]) => containers.map((each) => ({ ...each, resources: equal }))
  const { initContainers, containers } = parts
  return {
    ...parts,
    initContainers: initContainers && guaranteed(initContainers),
    containers: guaranteed(containers),
  }
})

/** A pod that asks for Greenroom and has nothing in its way, through JSON, so that `undefined` is absence. */
export const arbitraryPod: fc.Arbitrary<Pod> = fc.record({ metadata, spec }).map(({ metadata, spec }) => {
  const pod = JSON.parse(JSON.stringify({ metadata: { ...metadata, ownerReferences }, spec }))
  if (!pod.metadata.annotations?.['greenroom.dev/checkurl']) {
    const app = pod.spec.containers.find((container: { name: string }) => container.name === 'app')
    app.readinessProbe = { ...app.readinessProbe, exec: null, grpc: null, tcpSocket: null, ...probed }
  }
  return pod
})
