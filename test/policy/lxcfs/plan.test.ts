import fc from 'fast-check'
import t from 'tap'
import { filesByRuntime, nodeLabel, publishedPath } from '../../../policy/lxcfs/files.ts'
import type { Placement } from '../../../policy/lxcfs/placement.ts'
import { planLxcfs } from '../../../policy/lxcfs/plan.ts'
import { type LxcfsNode, type LxcfsSurroundings, noCluster } from '../../../policy/lxcfs/surroundings.ts'
import { isWithin, normalizePath } from '../../../policy/mount-paths.ts'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import type { RawContainer, RawPod } from '../../../policy/schema/pod.ts'
import { annotated, container, pod } from '../pods.ts'

const node: LxcfsNode = { name: 'node-1', labels: { [nodeLabel]: 'true' } }
const around: LxcfsSurroundings = { ...noCluster, nodes: [node] }
const files = filesByRuntime.runc
const limited = { limits: { memory: '1Gi' } }
const app = container({ resources: limited })

const policyOf = (lxcfs: Partial<typeof defaultPolicy.lxcfs>) => ({
  ...defaultPolicy,
  lxcfs: { ...defaultPolicy.lxcfs, ...lxcfs },
})
const plan = (spec: Partial<RawPod['spec']>, mode = 'prefer', lxcfs = around) =>
  planLxcfs({ pod: annotated({ lxcfs: mode }, { containers: [app], ...spec }), policy: defaultPolicy, lxcfs })
const codes = ({ problems }: ReturnType<typeof planLxcfs>) => problems.map(({ code }) => code)

t.test('what the annotation says counts, else the policy', async (t) => {
  const filesOf = (whole: RawPod, lxcfs: Partial<typeof defaultPolicy.lxcfs>) =>
    planLxcfs({ pod: whole, policy: policyOf(lxcfs), lxcfs: noCluster }).files
  const silent = pod({ spec: { containers: [app] } })
  t.strictSame(filesOf(silent, {}), [])
  t.strictSame(filesOf(silent, { mode: 'require' }), files)
  t.strictSame(filesOf(silent, { mode: 'require', runtime: 'older-runc' }), filesByRuntime['older-runc'])
  t.strictSame(filesOf(annotated({ lxcfs: 'off' }, { containers: [app] }), { mode: 'require' }), [])
  t.strictSame(filesOf(annotated({ lxcfs: 'require' }, { containers: [app] }), {}), files)
})

t.test('switched off, nothing is said of all that would be in the way', async (t) => {
  const whole = annotated({ lxcfs: 'off' }, { hostUsers: false, runtimeClassName: 'gvisor', hostPID: true })
  t.strictSame(planLxcfs({ pod: whole, policy: defaultPolicy, lxcfs: { podSecurity: 'restricted', nodes: [] } }), {
    files: [],
    placements: [],
    problems: [],
  })
})

t.test('of what is in the way of a whole pod the first is said, and nothing is mounted', async (t) => {
  const everything = { hostUsers: false, runtimeClassName: 'kata-qemu', hostPID: true, containers: [container()] }
  const baseline = { ...around, podSecurity: 'baseline' } as const
  const none = { ...baseline, nodes: [] }
  const rows = [
    [plan(everything, 'prefer', none), 'LxcfsNotInstalled'],
    [plan(everything, 'require', none), 'LxcfsPodSecurity'],
    [plan(everything, 'prefer', baseline), 'LxcfsPodSecurity'],
    [plan(everything), 'LxcfsUserNamespace'],
    [plan({ ...everything, hostUsers: true }), 'LxcfsRuntimeClass'],
    [plan({ ...everything, hostUsers: true, runtimeClassName: 'runc' }), 'LxcfsNoLimits'],
  ] as const
  for (const [is, code] of rows) {
    t.strictSame(codes(is), [code])
    t.strictSame([is.files, is.placements], [[], []])
  }
})

t.test('a pod that prefers it looks for a node of its own, one that requires it waits for one', async (t) => {
  const elsewhere = { nodeSelector: { disk: 'ssd' } }
  t.strictSame(codes(plan(elsewhere)), ['LxcfsNotInstalled'])
  t.strictSame(plan(elsewhere, 'require').files, files)
  t.strictSame(plan(elsewhere, 'prefer', { ...around, nodes: [{ ...node, labels: { disk: 'ssd' } }] }).files, files)
})

t.test('containers of all kinds with a limit have the files, the others are named at once', async (t) => {
  const initContainers = [
    container({ name: 'migrate' }),
    container({ name: 'logs', resources: { limits: { cpu: 1 } }, restartPolicy: 'Always' }),
  ]
  const asking = container({ name: 'proxy', resources: { requests: { memory: '1Gi' }, limits: { pods: '1' } } })
  const { placements, problems } = plan({ initContainers, containers: [asking, app] })
  t.strictSame(
    placements.map(({ list, index }) => [list, index]),
    [
      ['initContainers', 1],
      ['containers', 1],
    ],
  )
  t.match(problems, [{ message: /^LxcfsNoLimits: container is "migrate, proxy", expected a limit of cpu or memory\./ }])
  t.equal(problems.length, 1)
  t.strictSame(plan({ initContainers, containers: [asking, app], resources: limited }).placements.length, 4)
})

t.test('of our own containers only the twin of the app has them, and nobody is told of those', async (t) => {
  const env = [{ name: 'GREENROOM_SETTINGS', value: '{}' }]
  const shell = (script: string) => ['/greenroom/busybox', 'sh', `/greenroom/${script}`]
  const sidecar = container({ name: 'greenroom', command: shell('resident'), env, resources: limited })
  const twin = container({ name: 'greenroom-pre-start', command: shell('launch'), resources: limited })
  const { placements, problems } = plan({ initContainers: [sidecar, twin] })
  t.strictSame(
    placements.map(({ container: { name } }) => name),
    ['greenroom-pre-start', 'app'],
  )
  t.strictSame(problems, [])
  const unlimited = plan({
    initContainers: [
      { ...sidecar, resources: null },
      { ...twin, resources: null },
    ],
  })
  t.strictSame(codes(unlimited), [])
})

t.test('what is mounted already, or a volume of a name of ours, keeps a file away', async (t) => {
  const mounts = (...paths: readonly string[]) => paths.map((mountPath) => ({ name: 'own', mountPath }))
  const volumes = [{ name: 'greenroom-lxcfs-uptime', hostPath: { path: '/proc/uptime' } }]
  const { placements, problems } = plan({
    volumes,
    containers: [
      { ...app, volumeMounts: mounts('/proc/stat/', '/sys//devices', '/proc/self', '/process') },
      { ...app, name: 'beside', volumeDevices: [{ name: 'own', devicePath: '/proc/swaps' }] },
    ],
  })
  const without = (...names: readonly string[]) =>
    files.filter(({ volumeName }) => !names.includes(volumeName.replace('greenroom-lxcfs-', '')))
  t.strictSame(
    placements.map((each) => each.files),
    [without('stat', 'uptime', 'cpu-online'), without('swaps', 'uptime')],
  )
  t.match(problems, [
    { message: /^LxcfsPathTaken: mount is "\/proc\/stat\/ in app, \/sys\/\/devices in app, \/proc\/swaps/ },
  ])
  const over = plan({ containers: [{ ...app, volumeMounts: mounts('/proc', '/sys') }] })
  t.strictSame([codes(over), over.files, over.placements], [['LxcfsPathTaken'], [], []])
})

t.test('who sees the processes of others is told, and has the files', async (t) => {
  for (const field of ['hostPID', 'shareProcessNamespace'] as const) {
    const { files: used, problems } = plan({ [field]: true })
    t.strictSame(used, files)
    t.match(problems, [{ code: 'LxcfsSharedProcesses', finding: { at: field } }])
  }
})

const mountPath = fc.constantFrom('/proc', '/proc/stat', '/proc/../proc/swaps', '/sys/', '/data', '/proc/statistics')
const arbitraryContainer: fc.Arbitrary<RawContainer> = fc.record({
  name: fc.constantFrom('app', 'proxy'),
  resources: fc.constantFrom(null, limited, { limits: { cpu: 1 } }, { requests: { cpu: 1 } }),
  volumeMounts: fc.option(
    fc.uniqueArray(fc.record({ name: fc.constantFrom('own', 'greenroom-lxcfs-stat'), mountPath }), {
      selector: (mount) => normalizePath(mount.mountPath),
    }),
  ),
})
const arbitrarySpec = fc.record({
  containers: fc.array(arbitraryContainer, { maxLength: 3 }),
  initContainers: fc.option(fc.array(arbitraryContainer, { maxLength: 2 })),
  volumes: fc.option(
    fc.subarray([
      { name: 'own' },
      { name: 'greenroom-lxcfs-swaps', emptyDir: {} },
      { name: 'greenroom-lxcfs-stat', hostPath: { path: publishedPath({ path: '/proc/stat', volumeName: '' }) } },
    ]),
  ),
})

/** The pod with what the plan says is missing. */
function carriedOut(spec: RawPod['spec']): RawPod['spec'] {
  const { files, placements } = plan(spec, 'require')
  const filled = (list: 'initContainers' | 'containers') =>
    (spec[list] ?? []).map((each, index) => {
      const missing =
        placements.find((placement) => placement.list === list && placement.index === index)?.missing ?? []
      const mounts = missing.map(({ volumeName: name, path }) => ({ name, mountPath: path }))
      return { ...each, volumeMounts: [...(each.volumeMounts ?? []), ...mounts] }
    })
  const present = spec.volumes ?? []
  const volumes = files
    .filter(({ volumeName }) => !present.some(({ name }) => name === volumeName))
    .map((file) => ({ name: file.volumeName, hostPath: { path: publishedPath(file) } }))
  return {
    ...spec,
    initContainers: filled('initContainers'),
    containers: filled('containers'),
    volumes: [...present, ...volumes],
  }
}

t.test('carried out, no path has two mounts, none is hidden by another, and nothing is missing', async () => {
  fc.assert(
    fc.property(arbitrarySpec, (spec) => {
      const before = plan(spec, 'require')
      const done = carriedOut(spec)
      const after = plan(done, 'require')
      const pathsOf = ({ volumeMounts }: RawContainer) =>
        (volumeMounts ?? []).map((each) => normalizePath(each.mountPath))
      const containers = [...(done.initContainers ?? []), ...(done.containers ?? [])].map(pathsOf)
      const isHidden = ({ container, missing }: Placement) =>
        missing.some(({ path }) => pathsOf(container).some((above) => isWithin(path, above)))
      const names = (done.volumes ?? []).map(({ name }) => name)
      return (
        containers.every((paths) => new Set(paths).size === paths.length) &&
        !before.placements.some(isHidden) &&
        new Set(names).size === names.length &&
        after.placements.every(({ missing }) => missing.length === 0) &&
        JSON.stringify(after.problems.map(({ message }) => message)) ===
          JSON.stringify(before.problems.map(({ message }) => message))
      )
    }),
    { numRuns: 2_000 },
  )
})
