import t, { type Test } from 'tap'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { istio } from './injectors/istio.ts'
import { linkerd } from './injectors/linkerd.ts'
import type { Container, Injector, Pod } from './injectors/pod.ts'
import { vault } from './injectors/vault.ts'
import { pass } from './support/pass.ts'

/** A pod as people write it, with all that another webhook may get wrong, or we after it. */
const podOf = (annotations: Readonly<Record<string, string>>, containers: readonly Container[]): Pod => ({
  metadata: {
    name: 'orders',
    annotations: {
      'greenroom.dev/inject': 'true',
      'traffic.sidecar.istio.io/excludeInboundPorts': '9090',
      'config.linkerd.io/skip-inbound-ports': '4567,4568',
      ...annotations,
    },
  },
  spec: { initContainers: [{ name: 'migrate' }], containers, volumes: [{ name: 'scratch' }] },
})

const orders: Container = {
  name: 'orders',
  ports: [{ name: 'web', containerPort: 8080 }, { containerPort: 9090 }],
  readinessProbe: { httpGet: { path: '/ready', port: 'web' }, timeoutSeconds: 3 },
  livenessProbe: { tcpSocket: { port: 8080 } },
  startupProbe: { httpGet: { path: '/up', port: 'web' } },
  lifecycle: { preStop: { httpGet: { path: '/bye', port: 'web' } } },
}

const pods: Readonly<Record<string, Pod>> = {
  'one container': podOf({ 'greenroom.dev/pre-start': '/app/prepare' }, [orders]),
  // By number: Istio resolves names, and what the settings keep of the probe would differ in this alone.
  'a check': podOf({ 'greenroom.dev/check': 'true' }, [
    { ...orders, readinessProbe: { httpGet: { path: '/ready', port: 8080 } }, command: ['/app/orders'] },
  ]),
  'an app by convention': podOf({ 'greenroom.dev/liveness': 'composite' }, [
    { name: 'web', ports: [{ containerPort: 80 }] },
    { ...orders, name: 'app', command: ['/app/orders'] },
  ]),
  'a probe by HTTPS': podOf({}, [
    { ...orders, readinessProbe: { httpGet: { path: '/ready', port: 8443, scheme: 'HTTPS' } }, command: ['/app'] },
  ]),
}

const policy = {
  ...defaultPolicy,
  authorization: { ...defaultPolicy.authorization, endpoint: 'http://authorization:8080', resources: ['mysql:orders'] },
}
const greenroom = (pod: Pod): Pod => JSON.parse(JSON.stringify(pass(pod, 'token', policy).pod))

const meshes: Readonly<Record<string, Injector>> = {
  'Istio, native': istio({ native: true }),
  'Istio, native, with CNI': istio({ native: true, cni: true }),
  'Istio, classic': istio({ native: false }),
  'Istio, classic, which holds the app': istio({ native: false, holdApplicationUntilProxyStarts: true }),
  'Istio, classic, with CNI': istio({ native: false, cni: true }),
  'Linkerd, native': linkerd({ native: true }),
  'Linkerd, native, with CNI': linkerd({ native: true, cni: true }),
  'Linkerd, classic': linkerd({ native: false }),
  'Linkerd, classic, which holds nothing': linkerd({ native: false, await: false }),
}
const vaults: Readonly<Record<string, Injector>> = {
  Vault: vault(),
  'Vault, first': vault({ initFirst: true }),
  'Vault, of an init container alone': vault({ prePopulateOnly: true }),
}

const namesOf = (containers: readonly Container[] | undefined) => (containers ?? []).map(({ name }) => name)
const containersOf = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers]
const settingsOf = (pod: Pod) =>
  containersOf(pod).map(({ env }) => env?.find(({ name }) => name === 'GREENROOM_SETTINGS')?.value)
const itemsOf = ({ metadata }: Pod, key: string) => metadata.annotations?.[key]?.split(',')
const settled = (values: readonly unknown[]) => values.filter((value) => value !== undefined)

/** Where the init containers of meshes have to be, ours, and the pod's own. */
const places = [
  ['istio-init', 'istio-validation', 'linkerd-init', 'linkerd-network-validator'],
  ['istio-proxy', 'linkerd-proxy'],
  ['greenroom'],
  ['greenroom-authorize'],
  ['migrate'],
]

/** What has to be true of a pod, whoever has been over it in whatever order. */
function isWhole(t: Test, pod: Pod, alone: Pod, original: Pod) {
  const inits = namesOf(pod.spec.initContainers)
  const names = namesOf(containersOf(pod))
  t.strictSame([...new Set(names)], names, 'every name once')
  t.strictSame(
    inits.filter((name) => name.startsWith('greenroom') || name === 'migrate'),
    namesOf(alone.spec.initContainers),
    'ours and theirs are all there, in their order',
  )
  t.equal(inits.indexOf('greenroom-authorize'), inits.indexOf('greenroom') + 1, 'nothing gets between')
  const ports = containersOf(pod).flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort))
  t.strictSame([...new Set(ports)], ports, 'every port once')
  t.strictSame(settled(settingsOf(pod)), settled(settingsOf(alone)), 'settings as without the others')
  for (const { name } of original.spec.containers) {
    const [found, expected] = [pod, alone].map(({ spec }) => spec.containers.find((each) => each.name === name))
    t.strictSame(found?.command, expected?.command, `command of ${name}`)
    t.strictSame(found?.lifecycle, expected?.lifecycle, `handlers of ${name}`)
    const mounts = (found?.volumeMounts ?? []).filter((mount) => mount.name !== 'vault-secrets')
    t.strictSame(mounts, expected?.volumeMounts ?? [], `mounts of ${name}`)
  }
  t.strictSame(itemsOf(pod, 'traffic.sidecar.istio.io/excludeInboundPorts'), ['9090', '15720'])
  t.strictSame(itemsOf(pod, 'config.linkerd.io/skip-inbound-ports'), ['4567', '4568', '15720'])
}

/** A native proxy serves ours, and outlives it; the rules for a classic one come when ours have had the network. */
function isInOrder(t: Test, { spec }: Pod, isNative: boolean) {
  const inits = namesOf(spec.initContainers).filter((name) => name !== 'vault-agent-init')
  const placed = inits.map((name) => places.findIndex((place) => place.includes(name))).filter((place) => place !== -1)
  if (isNative) t.strictSame(placed, [...placed].sort(), inits.join(', '))
  else t.match(inits.join(', '), /^greenroom, greenroom-authorize, .*-init/)
}

for (const [what, original] of Object.entries(pods)) {
  const alone = greenroom(original)
  for (const [name, inject] of Object.entries(meshes)) {
    const isNative = name.includes('native')
    t.test(`${what}: ${name}, after us, before us, and again`, async (t) => {
      const orders = {
        after: [greenroom, inject],
        'after, and we again': [greenroom, inject, greenroom],
        before: [inject, greenroom],
        'before and after': [inject, greenroom, inject, greenroom],
        between: [greenroom, inject, greenroom, inject, greenroom],
      }
      for (const [when, webhooks] of Object.entries(orders)) {
        const result = webhooks.reduce((pod, webhook) => webhook(pod), original)
        await t.test(when, async (t) => {
          isWhole(t, result, alone, original)
          if (!name.includes('CNI')) isInOrder(t, result, isNative)
          t.strictSame(pass(result, 'another', policy).operations, [], 'and once more is nothing')
        })
      }
    })
  }
}

t.test('preStart has the network too, and what Vault has prepared where its webhook comes first', async (t) => {
  const mine = pods['one container'] ?? podOf({}, [orders])
  const initsAfter = (...webhooks: readonly Injector[]) =>
    namesOf(webhooks.reduce((pod, webhook) => webhook(pod), mine).spec.initContainers).slice(2)
  const [classicIstio, classicLinkerd] = [istio({ native: false }), linkerd({ native: false })]
  t.strictSame(initsAfter(classicIstio, greenroom), ['migrate', 'greenroom-pre-start', 'istio-init'])
  t.strictSame(initsAfter(greenroom, classicIstio), ['migrate', 'greenroom-pre-start', 'istio-init'])
  t.strictSame(initsAfter(classicLinkerd, greenroom), ['migrate', 'greenroom-pre-start', 'linkerd-init'])
  t.strictSame(initsAfter(vault(), greenroom), ['migrate', 'vault-agent-init', 'greenroom-pre-start'])
  t.strictSame(initsAfter(greenroom, vault({ initFirst: true })), [
    'greenroom-authorize',
    'migrate',
    'greenroom-pre-start',
  ])
})

t.test('what a mesh excludes has our port in it, where its webhook comes after ours', async (t) => {
  for (const [name, inject] of Object.entries(meshes)) {
    const { spec } = inject(greenroom(pods['one container'] ?? podOf({}, [orders])))
    const setup = spec.initContainers?.find(({ name }) => ['istio-init', 'linkerd-init'].includes(name))
    if (!name.includes('CNI')) t.match(setup?.args?.join(' '), /[ ,]15720[, ]/, name)
  }
})

t.test('two of them at once, in every order, with us anywhere', async (t) => {
  const mine = pods['one container'] ?? podOf({}, [orders])
  const alone = greenroom(mine)
  for (const [meshName, mesh] of Object.entries(meshes)) {
    for (const [vaultName, secrets] of Object.entries(vaults)) {
      const orders = [
        [greenroom, mesh, secrets, greenroom],
        [greenroom, secrets, mesh, greenroom],
        [mesh, greenroom, secrets, greenroom],
        [secrets, greenroom, mesh, greenroom],
        [mesh, secrets, greenroom],
        [secrets, mesh, greenroom],
      ]
      for (const [index, webhooks] of orders.entries()) {
        const result = webhooks.reduce((pod, webhook) => webhook(pod), mine)
        await t.test(`${meshName} and ${vaultName}, ${index}`, async (t) => {
          isWhole(t, result, alone, mine)
          if (!meshName.includes('CNI')) isInOrder(t, result, meshName.includes('native'))
          t.strictSame(pass(result, 'another', policy).operations, [], 'and once more is nothing')
        })
      }
    }
  }
})
