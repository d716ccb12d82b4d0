import t from 'tap'
import { noCluster } from '../../policy/lxcfs/surroundings.ts'
import { hearPod } from '../../policy/overrides.ts'
import { reasons } from '../../policy/reasons.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import { decide } from '../../webhook/decide.ts'

const app = { name: 'app', readinessProbe: { httpGet: { path: '/health', port: 8080 } } }
const controller = { kind: 'ReplicaSet', name: 'orders-6d4b', controller: true }

interface Row {
  readonly name: string
  readonly pod: { readonly annotations?: Record<string, string>; readonly spec?: Partial<RawPod['spec']> }
  readonly namespace?: string
  readonly policy?: Partial<InjectionPolicy>
  /** Decision and reason for a bare pod, and for one of a controller where that differs. */
  readonly bare: string
  readonly controlled?: string
}

const asking = { 'greenroom.dev/inject': 'true' }

const requiredOs = (operator: string, ...values: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator, values }] }],
    },
  },
})

/** The rows of the table above `decide`, each with every reason that leads there. */
const table: readonly Row[] = [
  { name: 'of kube-system', pod: { annotations: asking }, namespace: 'kube-system', bare: 'skip NamespaceExcluded' },
  {
    name: "of Greenroom's own namespace",
    pod: { annotations: asking },
    namespace: 'gr',
    bare: 'skip NamespaceExcluded',
  },
  {
    name: 'policy Off',
    pod: { annotations: { 'greenroom.dev/x': '' } },
    policy: { mode: 'Off' },
    bare: 'skip PolicyOff',
  },
  { name: 'mirror', pod: { annotations: { ...asking, 'kubernetes.io/config.mirror': 'x' } }, bare: 'skip MirrorPod' },
  { name: 'hostNetwork', pod: { annotations: asking, spec: { hostNetwork: true } }, bare: 'skip HostNetwork' },
  { name: 'Windows', pod: { annotations: asking, spec: { os: { name: 'windows' } } }, bare: 'skip WindowsPod' },
  {
    name: 'Windows by its node',
    pod: { annotations: asking, spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } },
    bare: 'skip WindowsPod',
  },
  {
    name: 'Windows by its affinity',
    pod: { annotations: asking, spec: { containers: [app], affinity: requiredOs('In', 'windows') } },
    bare: 'skip WindowsPod',
  },
  {
    name: 'Linux by its affinity',
    pod: { annotations: asking, spec: { containers: [app], affinity: requiredOs('In', 'linux', 'windows') } },
    bare: 'inject Injected',
  },
  {
    name: 'not Windows by its affinity',
    pod: { annotations: asking, spec: { containers: [app], affinity: requiredOs('NotIn', 'windows') } },
    bare: 'inject Injected',
  },
  { name: 'nothing said, and a policy for those that ask', pod: {}, bare: 'skip NotRequested' },
  { name: 'nothing said, and a policy for all', pod: {}, policy: { inject: 'always' }, bare: 'inject Injected' },
  {
    name: 'a no, and a policy for all',
    pod: { annotations: { 'greenroom.dev/inject': 'false' } },
    policy: { inject: 'always' },
    bare: 'skip InjectFalse',
  },
  {
    name: 'nothing said, and something in the way',
    pod: { spec: { containers: [{ name: 'app' }] } },
    policy: { inject: 'always' },
    bare: 'skip CheckurlMissing',
  },
  {
    name: 'nothing said, an unknown key, and a policy for all',
    pod: { annotations: { 'greenroom.dev/x': '' } },
    policy: { inject: 'always' },
    bare: 'deny AnnotationUnknown',
    controlled: 'inject Injected',
  },
  {
    name: 'an unknown key',
    pod: { annotations: { ...asking, 'greenroom.dev/x': '' } },
    bare: 'deny AnnotationUnknown',
    controlled: 'inject Injected',
  },
  {
    name: 'a key that the policy does not allow',
    pod: { annotations: { ...asking, 'greenroom.dev/drain': 'max=1s' } },
    policy: { overrides: ['inject'] },
    bare: 'deny AnnotationNotAllowed',
    controlled: 'inject Injected',
  },
  {
    name: 'a malformed value',
    pod: { annotations: { ...asking, 'greenroom.dev/drain': '30' } },
    bare: 'deny AnnotationMalformed',
    controlled: 'inject Injected',
  },
  {
    name: 'a malformed inject',
    pod: { annotations: { 'greenroom.dev/inject': 'yes' } },
    bare: 'deny AnnotationMalformed',
    controlled: 'skip NotRequested',
  },
  {
    name: 'a port that is none',
    pod: { annotations: { ...asking, 'greenroom.dev/checkurl': ':web/' } },
    bare: 'deny CheckurlPortUnknown',
    controlled: 'inject Injected',
  },
  {
    name: 'a port that nobody declares',
    pod: {
      annotations: { ...asking, 'greenroom.dev/checkurl': ':9999/' },
      spec: { containers: [{ name: 'app', ports: [{ containerPort: 8080 }] }] },
    },
    bare: 'inject Injected',
  },
  {
    name: 'nobody to authorize it',
    pod: { annotations: { ...asking, 'greenroom.dev/authorize': 'mysql' } },
    bare: 'deny AuthorizationEndpointMissing',
    controlled: 'inject Injected',
  },
  {
    name: 'an announcer that the policy does not have',
    pod: { annotations: { ...asking, 'greenroom.dev/announce': 'consul' } },
    bare: 'deny AnnouncerUnknown',
    controlled: 'inject Injected',
  },
  {
    name: 'a key of a later release',
    pod: { annotations: { ...asking, 'greenroom.dev/hold': 'true' } },
    bare: 'inject Injected',
  },
  { name: 'nothing to run preStart before', pod: { annotations: asking }, bare: 'inject Injected' },
  { name: 'inject "false"', pod: { annotations: { 'greenroom.dev/inject': 'false' } }, bare: 'skip InjectFalse' },
  { name: 'no inject', pod: { annotations: { 'greenroom.dev/drain': 'max=1s' } }, bare: 'skip NotRequested' },
  {
    name: 'no checkurl',
    pod: { annotations: asking, spec: { containers: [{ name: 'app' }] } },
    bare: 'deny CheckurlMissing',
    controlled: 'skip CheckurlMissing',
  },
  {
    name: 'no app container',
    pod: { annotations: asking, spec: { containers: [] } },
    bare: 'deny AppContainerUnclear',
    controlled: 'skip AppContainerUnclear',
  },
  {
    name: 'a taken name',
    pod: { annotations: asking, spec: { volumes: [{ name: 'greenroom' }] } },
    bare: 'deny NameTaken',
    controlled: 'skip NameTaken',
  },
  {
    name: 'a taken path',
    pod: {
      annotations: asking,
      spec: { containers: [{ ...app, volumeMounts: [{ name: 'x', mountPath: '/greenroom' }] }] },
    },
    bare: 'deny MountPathTaken',
    controlled: 'skip MountPathTaken',
  },
  {
    name: 'a handler of another kind',
    pod: {
      annotations: asking,
      spec: { containers: [{ ...app, lifecycle: { preStop: { tcpSocket: { port: 1 } } } }] },
    },
    bare: 'deny LifecycleHandlerUnsupported',
    controlled: 'skip LifecycleHandlerUnsupported',
  },
  {
    name: 'no port left',
    pod: {
      annotations: asking,
      spec: { containers: [{ ...app, ports: [15_720, 15_721, 15_722].map((containerPort) => ({ containerPort })) }] },
    },
    bare: 'deny PortTaken',
    controlled: 'skip PortTaken',
  },
  {
    name: 'a grace period too short',
    pod: { annotations: asking, spec: { terminationGracePeriodSeconds: 67 } },
    policy: { terminationGracePeriod: 'refuse' },
    bare: 'deny GracePeriodTooShort',
    controlled: 'skip GracePeriodTooShort',
  },
  {
    name: 'a grace period that fits',
    pod: { annotations: asking, spec: { terminationGracePeriodSeconds: 68 } },
    policy: { terminationGracePeriod: 'refuse' },
    bare: 'inject Injected',
  },
  {
    name: 'more headers than fit',
    pod: {
      annotations: asking,
      spec: {
        containers: [
          {
            name: 'app',
            readinessProbe: { httpGet: { port: 1, httpHeaders: [{ name: 'X', value: 'x'.repeat(70_000) }] } },
          },
        ],
      },
    },
    bare: 'deny SettingsTooLarge',
    controlled: 'skip SettingsTooLarge',
  },
  { name: 'nothing in its way', pod: { annotations: asking }, bare: 'inject Injected' },
]

/** What the table in `policy/reasons.ts` promises for a bare pod and for one of a controller. */
const promised: Partial<Record<string, readonly [bare: string, controlled: string]>> = {
  inject: ['inject', 'inject'],
  skip: ['skip', 'skip'],
  refuse: ['deny', 'skip'],
  fallback: ['deny', 'not deny'],
}

t.test('every reason of an admission has its row, and does what its outcome says', async (t) => {
  for (const [code, { outcome }] of Object.entries(reasons)) {
    const kinds = promised[outcome]
    if (!kinds) continue
    const row = table.find(({ bare }) => bare === `${kinds[0]} ${code}`)
    t.ok(row, `${code} for a bare pod`)
    if (outcome === 'refuse') t.equal(row?.controlled, `${kinds[1]} ${code}`)
    if (outcome === 'fallback') t.notMatch(row?.controlled, /^deny/)
  }
})

for (const { name, pod, namespace = 'shop', policy, bare, controlled = bare } of table) {
  t.test(`a pod with ${name}: ${bare}${controlled === bare ? '' : `, of a controller: ${controlled}`}`, async (t) => {
    const decided = (ownerReferences: RawPod['metadata']['ownerReferences']) => {
      const metadata = { name: 'orders', annotations: pod.annotations, ownerReferences }
      const question = { namespace, ownNamespace: 'gr', policy: { ...defaultPolicy, ...policy }, lxcfs: noCluster }
      const whole = { metadata, spec: { containers: [app], ...pod.spec } }
      const { pod: heard, problems: unheard } = hearPod(whole, question.policy)
      const { kind, reason } = decide({ pod: heard, unheard, ...question })
      return `${kind} ${reason}`
    }
    t.equal(decided([]), bare)
    t.equal(decided([{ kind: 'Backup', name: 'b', controller: false }]), bare, 'an owner that is no controller')
    t.equal(decided([controller]), controlled)
  })
}

t.test('a preStart that will not run is said of pods that are injected, once', async (t) => {
  const codes = (annotations: Record<string, string>, command?: string[]) => {
    const pod = { metadata: { name: 'orders', annotations }, spec: { containers: [{ ...app, command }] } }
    return decide({ pod, namespace: 'shop', ownNamespace: 'gr', policy: defaultPolicy, lxcfs: noCluster }).problems.map(
      ({ code }) => code,
    )
  }
  t.strictSame(codes(asking), ['PreStartNotRun'])
  t.strictSame(codes(asking, ['/app']), [])
  t.strictSame(codes({ ...asking, 'greenroom.dev/pre-start': 'off' }), [])
  t.strictSame(codes({ 'greenroom.dev/inject': 'false' }), [])
})
