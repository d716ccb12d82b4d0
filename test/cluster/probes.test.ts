import t from 'tap'
import { askSidecar } from './support/app.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod } from './support/pod.ts'

const namespace = await createNamespace('probes')
t.teardown(() => namespace.remove())

const httpHeaders = [
  { name: 'X-Key', value: 'open' },
  { name: 'Host', value: 'orders.example' },
]
const checkurl = { 'greenroom.dev/checkurl': ':8080/health' }

/** What a pod asks its app for readiness, and what it must say beside, for Greenroom to know when it is up. */
const probes: Readonly<Record<string, { readonly readinessProbe?: object; readonly annotations: object }>> = {
  'http-with-headers': { readinessProbe: { httpGet: { path: '/with-key', port: 8080, httpHeaders } }, annotations: {} },
  'https-with-headers': {
    readinessProbe: { httpGet: { path: '/with-key', port: 8443, scheme: 'HTTPS', httpHeaders } },
    annotations: {},
  },
  tcp: { readinessProbe: { tcpSocket: { port: 8080 } }, annotations: {} },
  grpc: { readinessProbe: { grpc: { port: 9000 } }, annotations: checkurl },
  exec: { readinessProbe: { exec: { command: ['/app/orders', 'ok'] } }, annotations: checkurl },
  none: { annotations: checkurl },
}

const env = { HTTPS_LISTEN: ':8443', GRPC_LISTEN: ':9000' }
await namespace.create(
  ...Object.entries(probes).map(([name, { readinessProbe, annotations }]) =>
    ordersPod(name, { env, annotations: { ...annotations }, container: { readinessProbe } }),
  ),
  ...Object.entries(probes).map(([name, { readinessProbe }]) => ({
    ...ordersPod(`${name}-plain`, { env, container: { readinessProbe } }),
    metadata: { name: `${name}-plain` },
  })),
)

for (const name of Object.keys(probes)) {
  t.test(`${name}: the app goes online, and its readiness probe is as it was`, async (t) => {
    const pod = await namespace.until(name, 'Ready', isReady)
    t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200)
    const plain = await namespace.until(`${name}-plain`, 'Ready', isReady)
    t.strictSame(probeOf(pod), probeOf(plain))
  })
}

const probeOf = ({ spec }: Pod) => spec.containers.find(({ name }) => name === 'app')?.readinessProbe
