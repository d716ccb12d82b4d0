import t from 'tap'
import { asIdleNode, podOf, withIdleCommands, withPlainProbe } from '../../bench/peers.ts'

const injected = {
  metadata: { annotations: { 'greenroom.dev/inject': 'true' }, labels: { 'greenroom.dev/injected': 'true' } },
  spec: {
    volumes: [{ name: 'greenroom' }],
    initContainers: [
      { name: 'greenroom-authorize', image: 'greenroom', command: ['node', 'authorize.cjs'], args: ['run'] },
      {
        name: 'greenroom',
        image: 'greenroom',
        restartPolicy: 'Always',
        command: ['busybox', 'sh', 'resident'],
        lifecycle: { postStart: {}, preStop: {} },
        readinessProbe: { httpGet: { path: '/ready', port: 15720 }, periodSeconds: 1, timeoutSeconds: 10 },
        volumeMounts: [{ name: 'greenroom' }],
      },
    ],
    containers: [{ name: 'app', image: 'app', lifecycle: { postStart: {} }, volumeMounts: [{ name: 'greenroom' }] }],
  },
}

t.test('idle commands change commands and handlers, and nothing else of what Kubernetes has to start', async (t) => {
  const { metadata, spec } = withIdleCommands(injected)
  t.notMatch(JSON.stringify(metadata), 'greenroom.dev', 'no key of ours, which would bring the commands back')
  const rest = ({ command, args, lifecycle, ...container }: Record<string, unknown>) => container
  t.same(spec.initContainers?.map(rest), injected.spec.initContainers.map(rest))
  t.same(spec.containers.map(rest), injected.spec.containers.map(rest))
  t.same(spec.initContainers?.[0]?.command, ['/greenroom/busybox', 'true'])
  t.notMatch(JSON.stringify(spec), /resident|authorize\.cjs/)
  t.match(JSON.stringify(spec.containers[0]?.lifecycle), /postStart.*true.*preStop.*true/)
})

t.test("a plain probe takes the held one's place, in the sidecar alone", async (t) => {
  const { spec } = withPlainProbe(injected)
  t.same(spec.initContainers?.[1]?.readinessProbe, {
    httpGet: { path: '/healthcheck.html', port: 15720 },
    periodSeconds: 1,
  })
  t.same(spec.initContainers?.[0], injected.spec.initContainers[0])
  t.same(spec.containers, injected.spec.containers)
})

t.test('an idle Node process has the container to itself', async (t) => {
  const [, sidecar] = injected.spec.initContainers
  if (!sidecar) throw new Error('no sidecar')
  const { spec } = asIdleNode(sidecar)
  t.match(spec.containers, [{ name: 'greenroom', image: 'greenroom', command: ['/nodejs/bin/node'] }])
  for (const field of ['lifecycle', 'readinessProbe', 'restartPolicy']) t.notHas(spec.containers[0], field)
})

t.test('a pod of a template has its name', async (t) => {
  t.match(podOf('one', injected), { kind: 'Pod', metadata: { name: 'one', ...injected.metadata }, spec: injected.spec })
})
