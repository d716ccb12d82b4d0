import t from 'tap'
import type { Pod as Injected } from '../webhook/support/generated.ts'
import { withoutGreenroom } from '../webhook/support/without-greenroom.ts'
import { inParallel } from './support/in-parallel.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import type { Pod } from './support/pod.ts'
import { post } from './support/raw-api.ts'
import { fitsLimitRange, type VariedPod, variedPods } from './support/varied-pod.ts'

/** Enough for 500 that a LimitRange lets in. */
const count = 600
const least = 500
const seed = Number(process.env.VARIED_SEED ?? 20_261)
t.comment(`VARIED_SEED=${seed} plays these pods again`)

const limited = await createNamespace('varied-limited')
const open = await createNamespace('varied-open')
t.teardown(() => Promise.all([limited.remove(), open.remove()]))
await limited.create(
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limits' },
    spec: {
      limits: [
        {
          type: 'Container',
          min: { cpu: '5m', memory: '16Mi' },
          max: { cpu: '2', memory: '1Gi' },
          default: { cpu: '1', memory: '512Mi' },
          defaultRequest: { cpu: '50m', memory: '32Mi' },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'quota' },
    spec: {
      hard: {
        pods: '10',
        'requests.cpu': '20',
        'requests.memory': '20Gi',
        'limits.cpu': '40',
        'limits.memory': '40Gi',
      },
    },
  },
)
await kubectl('wait', '-n', 'varied-limited', 'resourcequota/quota', '--for=jsonpath={.status.hard.pods}=10')

const pods = variedPods(count, seed)
const asking = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': ':8080/health' }
const optedIn = (pod: VariedPod) => ({
  ...pod,
  metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...asking } },
})

/** What the API server makes of each pod, none of which it keeps. Rejects with what it says of one that it refuses. */
const stored = (namespace: string, all: readonly object[]): Promise<readonly Pod[]> =>
  inParallel(all, 8, (pod) => post<Pod>(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod))

/** Without what differs from one creation to the next, and where it was created. */
const setByServer = ['uid', 'namespace', 'creationTimestamp', 'resourceVersion', 'generation', 'managedFields']
function written({ metadata, ...rest }: Pod) {
  const kept = Object.entries(metadata).filter(([key]) => !setByServer.includes(key))
  return { ...rest, metadata: Object.fromEntries(kept) }
}

/** Without Greenroom's parts, and what the pod asked for them with. */
function withoutOurs(pod: Pod): object {
  const { annotations, ...metadata } = pod.metadata
  const others = Object.entries(annotations ?? {}).filter(([key]) => !(key in asking))
  const injected: Injected = JSON.parse(
    JSON.stringify(written({ ...pod, metadata: { ...metadata, annotations: Object.fromEntries(others) } })),
  )
  return { ...withoutGreenroom(injected), status: {} }
}

t.test('pods that do not ask are stored as where Greenroom is never asked', async (t) => {
  const [here, elsewhere] = await Promise.all([stored('varied-open', pods), stored('kube-system', pods)])
  t.equal(here.length, count)
  for (const [index, pod] of here.entries())
    t.strictSame(written(pod), written(elsewhere[index] ?? pod), pod.metadata.name)
})

const cases = [
  {
    name: 'varied-limited',
    where: 'under a quota and a LimitRange',
    those: pods.filter(fitsLimitRange),
    classes: ['Burstable', 'Guaranteed'],
  },
  { name: 'varied-open', where: 'without them', those: pods, classes: ['BestEffort', 'Burstable', 'Guaranteed'] },
]

for (const { name, where, those, classes } of cases) {
  t.test(`${where}, pods that ask are accepted, keep their class, and all else of them is as without us`, async (t) => {
    t.ok(those.length >= least, `${those.length} pods`)
    const [without, injected] = await Promise.all([stored(name, those), stored(name, those.map(optedIn))])
    t.equal(injected.length, those.length)
    for (const [index, pod] of injected.entries()) {
      const as = without[index] ?? pod
      t.ok(
        pod.spec.initContainers?.some(({ name }) => name === 'greenroom'),
        `${pod.metadata.name} has the sidecar`,
      )
      t.equal(pod.status.qosClass, as.status.qosClass, `${pod.metadata.name} keeps its class`)
      t.strictSame(withoutOurs(pod), withoutOurs(as), pod.metadata.name)
    }
    t.strictSame([...new Set(without.map(({ status }) => String(status.qosClass)))].sort(), classes)
  })
}
