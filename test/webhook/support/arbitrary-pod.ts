import fc from 'fast-check'

/** Pods as an API server may send them: any collection may be missing, null or empty, and any object has fields of its own. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), fc.constant(null), arbitrary)

/** A field newer than Greenroom, with any JSON in it. */
const futureField = fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined })

const port = fc.integer({ min: 1, max: 29_999 })
const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/)
const texts = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}(\.[a-z]{1,4}\/[a-z~]{1,6})?$/), fc.string(), { maxKeys: 3 })

const probe = fc.oneof(
  fc.record({
    httpGet: fc.record({ path: fc.webPath(), port }),
    periodSeconds: fc.nat({ max: 60 }),
    future: futureField,
  }),
  fc.record({ tcpSocket: fc.record({ port }), future: futureField }),
  fc.record({ exec: fc.record({ command: fc.array(fc.string()) }) }),
)

const handler = fc.oneof(
  fc.record({ exec: fc.record({ command: fc.array(fc.string(), { minLength: 1 }) }) }),
  fc.record({ httpGet: fc.record({ path: maybe(fc.webPath()), port, scheme: maybe(fc.constant('HTTP')) }) }),
  fc.record({ sleep: fc.record({ seconds: fc.nat({ max: 60 }) }) }),
)

const amounts = fc.record({
  cpu: fc.constantFrom('1', '500m', undefined),
  memory: fc.constantFrom('1Gi', '64Mi', undefined),
})
const resources = fc.record({ requests: maybe(amounts), limits: maybe(amounts) })

const containerFields = {
  image: fc.string(),
  command: maybe(fc.array(fc.string())),
  args: maybe(fc.array(fc.string())),
  ports: maybe(fc.array(fc.record({ containerPort: port, future: futureField }))),
  env: maybe(fc.array(fc.record({ name: fc.string(), value: maybe(fc.string()) }))),
  volumeMounts: maybe(fc.array(fc.record({ name, mountPath: fc.webPath().map((path) => `/data${path}`) }))),
  lifecycle: maybe(fc.record({ postStart: maybe(handler), preStop: maybe(handler) })),
  resources: maybe(resources),
  readinessProbe: maybe(probe),
  livenessProbe: maybe(probe),
  future: futureField,
}

const app = fc.record({ name: fc.constant('app'), ...containerFields })
const neighbour = fc.record({ name: name.map((text) => `n-${text}`), ...containerFields })

/** Annotations that ask for an injection, and some that shape it. */
const asking = fc.record(
  {
    'greenroom.dev/inject': fc.constant('true'),
    'greenroom.dev/checkurl': fc.constant(':8080/health'),
    'greenroom.dev/drain': fc.constant('max=9s'),
    'greenroom.dev/debug': fc.constant('true'),
    'greenroom.dev/healthcheck-dir': fc.constant('/srv/www/greenroom'),
    'greenroom.dev/pre-start': fc.constantFrom('off', '/app/prepare $(X)'),
    'greenroom.dev/entrypoint': fc.constant('["/entrypoint.sh"]'),
    'greenroom.dev/status': fc.string(),
    'traffic.sidecar.istio.io/excludeInboundPorts': fc.constantFrom('', '9090', '15720, 9090'),
  },
  { requiredKeys: ['greenroom.dev/inject', 'greenroom.dev/checkurl'] },
)

const spec = fc.record({
  volumes: maybe(fc.array(fc.record({ name: name.map((text) => `v-${text}`), future: futureField }))),
  initContainers: maybe(fc.array(neighbour, { maxLength: 2 })),
  containers: fc.tuple(app, fc.array(neighbour, { maxLength: 2 })).map(([first, rest]) => [...rest, first]),
  terminationGracePeriodSeconds: maybe(fc.nat({ max: 600 })),
  resources: maybe(resources),
  future: futureField,
})

/** A pod that asks for Greenroom and has nothing in its way, through JSON, so that `undefined` is absence. */
export const arbitraryPod: fc.Arbitrary<JsonPod> = fc
  .record({
    metadata: fc.record({ annotations: asking, labels: maybe(texts), future: futureField }),
    extra: texts,
    spec,
  })
  .map(({ metadata, extra, spec }) => {
    const annotations = { ...extra, ...metadata.annotations }
    return JSON.parse(JSON.stringify({ metadata: { ...metadata, annotations }, spec }))
  })

export interface JsonPod {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly containers: readonly Readonly<Record<string, unknown>>[]
  }
}
