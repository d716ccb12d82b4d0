import t from 'tap'
import { podSchema, type RawPod } from '../../../policy/schema/pod.ts'
import { pass } from '../support/pass.ts'

const httpGet = { path: '/health', port: 'web', scheme: 'HTTPS', httpHeaders: [{ name: 'X', value: '$(A) $$' }] }
const readinessProbe = { httpGet, timeoutSeconds: 4, periodSeconds: 2 }
const orders = {
  metadata: { name: 'orders', annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/check': 'true' } },
  spec: {
    containers: [{ name: 'app', command: ['/app'], ports: [{ name: 'web', containerPort: 8443 }], readinessProbe }],
  },
}

const probeOf = ({ spec }: RawPod) => spec.containers?.[0]?.readinessProbe
const checkOf = ({ spec }: RawPod) =>
  spec.initContainers?.[0]?.env?.find(({ name }) => name === 'GREENROOM_CHECK')?.value

/** The pod with other annotations or another probe, as people and other webhooks change it. */
function changed(pod: RawPod, { check, probe }: { check?: string; probe?: object }): RawPod {
  const copy = JSON.parse(JSON.stringify(pod))
  if (check !== undefined) copy.metadata.annotations['greenroom.dev/check'] = check
  if (probe) copy.spec.containers[0].readinessProbe = { ...copy.spec.containers[0].readinessProbe, ...probe }
  return copy
}

const routed = { path: '/check', port: 15720, httpHeaders: [{ name: 'Greenroom-Probe', value: 'token' }] }

t.test('the probe leads to the sidecar, a second longer', async (t) => {
  const { pod } = pass(orders)
  t.strictSame(probeOf(pod), { httpGet: routed, timeoutSeconds: 5, periodSeconds: 2 })
  t.match(checkOf(pod), /^4 3 1 https 8443\n/)
  t.strictSame(pass(pod, 'another').operations, [], 'and a second pass finds its own work')
})

t.test('switched off, the probe is what it was', async (t) => {
  const { pod } = pass(changed(pass(orders).pod, { check: 'false' }))
  t.strictSame(probeOf(pod), readinessProbe)
  t.equal(checkOf(pod), '')
  t.strictSame(pass(pod).operations, [])
})

t.test('switched on where a sidecar is already, it takes the token that is known there', async (t) => {
  const { pod: before } = pass(changed(podSchema.parse(orders), { check: 'false' }))
  t.strictSame(probeOf(before), readinessProbe)
  const { pod } = pass(changed(before, { check: 'true' }), 'another')
  t.strictSame(probeOf(pod), { httpGet: routed, timeoutSeconds: 5, periodSeconds: 2 })
  t.match(checkOf(pod), /^4 3 1 https 8443\n/)
})

t.test('what another webhook has put in the place of our probe leads to ours, and stays', async (t) => {
  const istio = { httpGet: { path: '/app-health/app/readyz', port: 15020 } }
  const { operations } = pass(changed(pass(orders).pod, { probe: istio }))
  t.strictSame(operations, [])
})

t.test('thresholds that another webhook has changed count', async (t) => {
  const { pod } = pass(changed(pass(orders).pod, { probe: { failureThreshold: 7 } }))
  t.match(checkOf(pod), /^4 7 1 https 8443\n/)
  t.match(probeOf(pod), { httpGet: routed, timeoutSeconds: 5, failureThreshold: 7 })
})

t.test('a copy whose settings somebody has spoilt is taken as it is', async (t) => {
  const spoilt = JSON.parse(
    JSON.stringify(pass(orders).pod).replaceAll('\\"timeoutSeconds\\":4', '\\"timeoutSeconds\\":x'),
  )
  t.doesNotThrow(() => pass(spoilt))
})
