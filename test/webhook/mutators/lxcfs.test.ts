import t from 'tap'
import { filesByRuntime, nodeLabel } from '../../../policy/lxcfs/files.ts'
import { noCluster } from '../../../policy/lxcfs/surroundings.ts'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../../policy/schema/pod.ts'
import { pass } from '../support/pass.ts'

const annotations = {
  'greenroom.dev/inject': 'true',
  'greenroom.dev/checkurl': ':1/',
  'greenroom.dev/lxcfs': 'require',
}
const limited = { limits: { cpu: '1' } }
const orders = {
  metadata: { name: 'orders', annotations },
  spec: { containers: [{ name: 'app', resources: limited }] },
}

const copyOf = (pod: object) => JSON.parse(JSON.stringify(pod))
const paths = filesByRuntime.runc.map(({ path }) => path)
const namesOf = ({ spec }: RawPod) => (spec.volumes ?? []).map(({ name }) => name)

/** Where something of lxcfs is mounted in a container of any kind. */
function mountedIn({ spec }: RawPod, wanted: string): readonly string[] {
  const container = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].find(({ name }) => name === wanted)
  return (container?.volumeMounts ?? []).map(({ mountPath }) => mountPath).filter((path) => /^\/(proc|sys)/.test(path))
}

t.test(
  'a container that another webhook has added gets its files in the next pass, and nothing else is done',
  async (t) => {
    const first = pass(orders).pod
    const grown = copyOf(first)
    grown.spec.containers.push({ name: 'proxy', resources: limited })
    grown.spec.initContainers.unshift({ name: 'migrate', resources: limited, volumeMounts: null })
    const { pod, operations } = pass(grown)
    t.strictSame([mountedIn(pod, 'proxy'), mountedIn(pod, 'migrate'), mountedIn(pod, 'app')], [paths, paths, paths])
    t.ok(operations.every(({ path }) => path.includes('/volumeMounts')))
    t.strictSame(namesOf(pod), namesOf(first))
    t.strictSame(pass(pod).operations, [])
  },
)

t.test('one that came without limits is told of, and no longer once it has some', async (t) => {
  const codes = ({ decision }: ReturnType<typeof pass>) => decision.problems.map(({ code }) => code)
  const bare = copyOf(orders)
  bare.spec.containers.push({ name: 'proxy' })
  bare.metadata.annotations['greenroom.dev/container'] = 'app'
  bare.metadata.annotations['greenroom.dev/pre-start'] = 'off'
  const first = pass(bare)
  t.strictSame(codes(first), ['LxcfsNoLimits'])
  const defaulted = copyOf(first.pod)
  defaulted.spec.containers[1].resources = limited
  const second = pass(defaulted)
  t.strictSame(codes(second), [])
  t.strictSame(mountedIn(second.pod, 'proxy'), paths)
})

t.test("the app's twin sees what the app sees, in whichever pass it comes", async (t) => {
  const prepared = copyOf(orders)
  prepared.metadata.annotations['greenroom.dev/pre-start'] = '/app/prepare'
  t.strictSame(mountedIn(pass(prepared).pod, 'greenroom-pre-start'), paths)
  const taken = copyOf(prepared)
  taken.spec.containers[0].volumeMounts = [{ name: 'own', mountPath: '/proc/stat' }]
  t.strictSame(pass(pass(taken).pod).operations, [], 'what is in its way is said of the app alone')
  const later = copyOf(pass(orders).pod)
  later.metadata.annotations['greenroom.dev/pre-start'] = '/app/prepare'
  const { pod } = pass(later)
  t.strictSame(mountedIn(pod, 'greenroom-pre-start'), paths)
  t.strictSame(pass(pod).operations, [])
  const without = copyOf(prepared)
  without.metadata.annotations['greenroom.dev/lxcfs'] = 'off'
  const on = copyOf(pass(without).pod)
  on.metadata.annotations['greenroom.dev/lxcfs'] = 'require'
  t.strictSame(mountedIn(pass(on).pod, 'greenroom-pre-start'), paths, 'switched on where the twin is already')
})

t.test('a node is chosen, beside what the pod chooses itself', async (t) => {
  const chosenBy = (nodeSelector: object | null) =>
    pass({ ...orders, spec: { ...orders.spec, nodeSelector } }).pod.spec.nodeSelector
  t.strictSame(chosenBy(null), { [nodeLabel]: 'true' })
  t.strictSame(chosenBy({ disk: 'ssd' }), { disk: 'ssd', [nodeLabel]: 'true' })
  t.strictSame(chosenBy({ [nodeLabel]: 'canary' }), { [nodeLabel]: 'canary' })
})

t.test('an agent that is gone between two passes takes nothing away from the pod', async (t) => {
  const preferring = copyOf(orders)
  preferring.metadata.annotations['greenroom.dev/lxcfs'] = 'prefer'
  const lxcfs = { ...noCluster, nodes: [{ name: 'node-1', labels: { [nodeLabel]: 'true' } }] }
  const { pod } = pass(preferring, 'token', defaultPolicy, lxcfs)
  t.strictSame(mountedIn(pod, 'app'), paths)
  const again = pass(pod)
  t.strictSame(mountedIn(again.pod, 'app'), paths)
  t.match(again.decision.problems.at(-1), { code: 'LxcfsNotInstalled' })
})
