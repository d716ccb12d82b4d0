import t from 'tap'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../../policy/schema/pod.ts'
import { pass } from '../support/pass.ts'

const readinessProbe = { httpGet: { path: '/health', port: 8443, scheme: 'HTTPS' } }
const orders = {
  metadata: { name: 'orders', annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/debug': 'true' } },
  spec: {
    containers: [
      {
        name: 'app',
        command: ['java', '-jar', 'x'],
        ports: [{ containerPort: 8443 }, { containerPort: 8080 }],
        readinessProbe,
      },
    ],
  },
}

const app = ({ spec }: RawPod) => spec.containers?.[0]
const aliveOf = (pod: RawPod) => app(pod)?.livenessProbe?.exec?.command
const variable = ({ spec }: RawPod, wanted: string) =>
  spec.initContainers?.[0]?.env?.find(({ name }) => name === wanted)?.value

/** As people and other webhooks change a pod between two passes. */
function annotated(pod: RawPod, annotations: object): RawPod {
  const copy = JSON.parse(JSON.stringify(pod))
  Object.assign(copy.metadata.annotations, annotations)
  return copy
}

t.test('a liveness probe that was composite stays so, and the sidecar goes on to vouch for it', async (t) => {
  const first = pass(orders).pod
  t.match(variable(first, 'GREENROOM_VOUCH'), /^kubelet 10 2 https 8443\n/)
  for (const annotations of [{ 'greenroom.dev/debug': 'false' }, { 'greenroom.dev/liveness': 'keep' }]) {
    const second = pass(annotated(first, annotations)).pod
    t.strictSame(aliveOf(second), aliveOf(first))
    for (const name of ['GREENROOM_VOUCH', 'GREENROOM_DEBUG']) t.equal(variable(second, name), variable(first, name))
  }
  const off = pass(annotated(first, { 'greenroom.dev/debug': 'false' })).pod
  t.notMatch(app(off)?.command, ['/greenroom/jdwp'], 'without a debugger')
})

t.test('another checkurl is asked by the probe, too', async (t) => {
  const second = pass(annotated(pass(orders).pod, { 'greenroom.dev/checkurl': ':8080/up' })).pod
  t.strictSame(aliveOf(second)?.slice(2), ['exactly-200', 'http://:8080/up'])
  t.equal(variable(second, 'GREENROOM_VOUCH'), '')
})

t.test('a command that another webhook has put before ours runs ours once', async (t) => {
  const first = pass(orders).pod
  const wrapped = JSON.parse(JSON.stringify(first))
  const [container] = wrapped.spec.containers
  container.args = [...container.command, ...(container.args ?? [])]
  container.command = ['/vault/env']
  const second = pass(wrapped)
  t.strictSame(app(second.pod)?.command, ['/vault/env'])
  t.strictSame(app(second.pod)?.args, container.args)
})

t.test('a pod that is to show a token since the policy says so gets it in both containers, once', async (t) => {
  const authorization = { ...defaultPolicy.authorization, endpoint: 'http://a', resources: ['mysql:orders'] }
  const withToken = (token: object) => ({ ...defaultPolicy, authorization: { ...authorization, ...token } })
  const first = pass(orders, 'token', withToken({})).pod
  const policy = withToken({ token: { audience: 'greenroom' } })
  const second = pass(first, 'token', policy)
  t.match(second.pod.spec.volumes, [{ name: 'greenroom' }, { name: 'greenroom-token' }])
  const mounting = second.pod.spec.initContainers?.filter(({ volumeMounts }) =>
    volumeMounts?.some(({ name }) => name === 'greenroom-token'),
  )
  t.strictSame(
    mounting?.map(({ name }) => name),
    ['greenroom', 'greenroom-authorize'],
  )
  t.notMatch(app(second.pod)?.volumeMounts, [{ name: 'greenroom-token' }])
  t.strictSame(pass(second.pod, 'token', policy).operations, [])
})

t.test('resources that an autoscaler has written into our containers and the app stay as it wrote them', async (t) => {
  const scaled = JSON.parse(JSON.stringify(pass(orders).pod))
  for (const container of [...scaled.spec.initContainers, ...scaled.spec.containers]) {
    container.resources = { requests: { cpu: '37m', memory: '50Mi' }, limits: { memory: '75Mi' } }
  }
  t.strictSame(pass(scaled).operations, [])
})
