import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { nodeLabel } from '../../policy/lxcfs/files.ts'
import { sampleOf } from './support/component.ts'
import { kubectl, kubectlWith } from './support/kubectl.ts'
import {
  agentPod,
  forgetPublished,
  importLxcfs,
  installLxcfs,
  labelNode,
  lxcfsFiles,
  node,
  readAgentMetrics,
  readerPod,
  readReports,
  removeLxcfs,
  skipWithoutFuse,
} from './support/lxcfs.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersContainer } from './support/pod.ts'
import { dryRun, statusAnnotationOf } from './support/policy.ts'
import { patchAs } from './support/raw-api.ts'
import { untilTrue } from './support/until-true.ts'

skipWithoutFuse(t)
importLxcfs()
forgetPublished()
const namespace = await createNamespace('lxcfs', 'privileged')
const restricted = await createNamespace('lxcfs-restricted')
t.teardown(async () => {
  await Promise.all([namespace.remove(), restricted.remove()])
  await removeLxcfs()
})

const exec = (pod: string, ...command: string[]) => execIn(pod, 'app', ...command)
const execIn = (pod: string, container: string, ...command: string[]) =>
  kubectl('exec', '-n', 'lxcfs', pod, '-c', container, '--', ...command)
const tried = (pod: string, ...command: string[]) => exec(pod, ...command).catch((error: Error) => error.message)
const hostMemoryKb = Number(/^MemTotal: +(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1])

t.test('without an agent, who requires it waits for a node, and who prefers it does without', async (t) => {
  await namespace.create(readerPod('waiting'))
  await namespace.until('waiting', 'unschedulable', ({ status }) =>
    Boolean(status.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'False')),
  )
  const { pod, output } = await dryRun('lxcfs', readerPod('preferring', { mode: 'prefer' }))
  t.match(output, /Warning: LxcfsNotInstalled/)
  t.notMatch(JSON.stringify(pod?.spec), /greenroom-lxcfs/)
})

t.test('on a node whose agent is on its way a pod waits for the files, and says so', async (t) => {
  await labelNode('=true')
  const says = async () => {
    const events = await kubectl('get', 'events', '-n', 'lxcfs', '--field-selector=reason=FailedMount', '-o', 'json')
    return /\/run\/greenroom-lxcfs\/\S+ is not a file/.test(events) && /greenroom-lxcfs-/.test(events)
  }
  t.ok(await untilTrue(says, Date.now() + 60_000, 200), 'FailedMount names the file that it waits for')
  await labelNode('-')

  await installLxcfs()
  await namespace.until('waiting', 'Ready', isReady, 150_000)
  const labelled = async () => (await kubectl('get', 'node', node, '-o', 'json')).includes(`"${nodeLabel}": "true"`)
  t.ok(await untilTrue(labelled, Date.now() + 60_000, 200), 'the control plane says that the node has it')
  const metrics = await readAgentMetrics(await agentPod())
  t.equal(sampleOf('greenroom_lxcfs_up', metrics), 1)
})

t.test('the control plane may set that label, and nothing else of a node', async (t) => {
  const patch = async (body: object) =>
    (await patchAs('system:serviceaccount:greenroom-system:greenroom-control-plane', `/api/v1/nodes/${node}`, body))
      .answer
  const label = (value: string) => ({ metadata: { labels: { [nodeLabel]: value } } })
  t.match(await patch(label('true')), /"kind": ?"Node"/)
  t.match(await patch(label('false')), /sets the label/)
  t.match(await patch({ metadata: { labels: { ...label('true').metadata.labels, other: 'x' } } }), /changes no label/)
  t.match(await patch({ metadata: { annotations: { other: 'x' } } }), /changes no annotation/)
  t.match(await patch({ spec: { unschedulable: true } }), /nothing in the spec/)
})

t.test('every tool of the table sees the limits, or does not, as it says', async (t) => {
  const image = 'greenroom:0.1.0'
  const sleeper = { image, command: ['/greenroom/busybox', 'sleep', '1000'] }
  const limits = { cpu: '1', memory: '128Mi' }
  const companions = [{ ...ordersContainer('node'), ...sleeper, resources: { limits } }]
  await namespace.create(
    readerPod('limited', { change: { companions } }),
    readerPod('larger', { cpus: 2, memoryMiB: 512 }),
  )
  await namespace.until('limited', 'Ready', isReady)
  await namespace.until('larger', 'Ready', isReady)

  const python = (text: string) => exec('limited', 'python3', '-c', `import os; print(${text})`)
  const nodeJs = (text: string) => execIn('limited', 'node', '/nodejs/bin/node', '-p', text)
  const cpus = String(availableParallelism())
  const limitKb = 256 * 1024
  /** What a row of docs/lxcfs.md claims, by its first cell: whether the limit is seen, and what was. */
  const seen: Record<
    string,
    { readonly is: string | number; readonly limit: string | number; readonly host: string | number }
  > = {
    '`/proc/meminfo`': {
      is: Number(/^MemTotal: +(\d+)/.exec(await exec('limited', 'cat', '/proc/meminfo'))?.[1]),
      limit: limitKb,
      host: hostMemoryKb,
    },
    '`/proc/cpuinfo`': {
      is: (await exec('limited', 'cat', '/proc/cpuinfo')).match(/^processor/gm)?.length ?? 0,
      limit: 1,
      host: availableParallelism(),
    },
    '`/proc/stat`': {
      is: (await exec('limited', 'cat', '/proc/stat')).match(/^cpu\d/gm)?.length ?? 0,
      limit: 1,
      host: availableParallelism(),
    },
    '`free` of procps': {
      is: Number(/^Mem: +(\d+)/m.exec(await exec('limited', 'free', '-k'))?.[1]),
      limit: limitKb,
      host: hostMemoryKb,
    },
    '`top` of procps': {
      is: Number(/Mem : +([\d.]+) total/.exec(await exec('limited', 'env', 'TERM=dumb', 'top', '-bn1', '-Ek'))?.[1]),
      limit: limitKb,
      host: hostMemoryKb,
    },
    '`getconf _NPROCESSORS_ONLN`': {
      is: (await python('os.sysconf("SC_NPROCESSORS_ONLN")')).trim(),
      limit: '1',
      host: cpus,
    },
    '`os.cpu_count()` of Python': { is: (await python('os.cpu_count()')).trim(), limit: '1', host: cpus },
    '`os.cpus().length` of Node.js': { is: (await nodeJs('os.cpus().length')).trim(), limit: '1', host: cpus },
    '`os.totalmem()` of Node.js': {
      is: Number(await nodeJs('os.totalmem()')) / 1024,
      limit: 128 * 1024,
      host: hostMemoryKb,
    },
    '`os.availableParallelism()` of Node.js': {
      is: (await nodeJs('os.availableParallelism()')).trim(),
      limit: '1',
      host: cpus,
    },
    '`nproc` of coreutils': { is: (await exec('limited', 'nproc')).trim(), limit: '1', host: cpus },
    '`getconf _NPROCESSORS_CONF`': {
      is: (await python('os.sysconf("SC_NPROCESSORS_CONF")')).trim(),
      limit: '1',
      host: cpus,
    },
    '`getconf _PHYS_PAGES`': {
      is: Number(await python('os.sysconf("SC_PHYS_PAGES")')) * 4,
      limit: limitKb,
      host: hostMemoryKb,
    },
    '`free` of busybox': {
      is: Number(/^Mem: +(\d+)/m.exec(await exec('limited', 'busybox', 'free', '-k'))?.[1]),
      limit: limitKb,
      host: hostMemoryKb,
    },
  }
  for (const [tool, { is, limit, host }] of Object.entries(seen))
    t.equal(is, claimOf(tool) === 'yes' ? limit : host, `${tool}, ${claimOf(tool)}`)
  t.same(claimedTools(), [...Object.keys(seen), '`/proc/uptime`, `uptime` of procps'].toSorted(), 'no row is left out')

  const [uptime = 0] = (await exec('limited', 'cat', '/proc/uptime')).split(' ').map(Number)
  const [hostUptime = 0] = readFileSync('/proc/uptime', 'utf8').split(' ').map(Number)
  t.ok(uptime < 120 && uptime < hostUptime, `up ${uptime} s, the node ${hostUptime} s`)
  t.match(await exec('limited', 'env', 'TERM=dumb', 'uptime'), / up [01] min/)
  t.match(await exec('larger', 'cat', '/proc/meminfo'), /^MemTotal: +524288 kB/, 'two pods see two limits')
})

/** Rows of the table, by what they are about. */
const rows = readFileSync('docs/lxcfs.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, tool = '', claim = ''] = /^\| (.*?) \| (yes|no) \|/.exec(line) ?? []
    return tool === '' ? [] : [{ tool, claim }]
  })
const claimOf = (tool: string) => rows.find((row) => row.tool === tool)?.claim
const claimedTools = () => rows.map(({ tool }) => tool).toSorted()

t.test('who has no limits, opts out or asks for nothing sees the node as ever', async (t) => {
  await namespace.create(readerPod('unlimited', { isLimited: false }), readerPod('out', { mode: 'off' }))
  for (const name of ['unlimited', 'out']) {
    const pod = await namespace.until(name, 'Ready', isReady)
    t.match(await exec(name, 'cat', '/proc/meminfo'), new RegExp(`^MemTotal: +${hostMemoryKb} kB`), name)
    t.notMatch(await exec(name, 'cat', '/proc/self/mountinfo'), / \/proc\/meminfo /, name)
    t.notMatch(JSON.stringify(pod.spec.volumes), /lxcfs/, name)
  }
})

t.test('a container sees its own files and no more, and writes none, also as root', async (t) => {
  const asRoot = { securityContext: { runAsUser: 0, runAsNonRoot: false } }
  await namespace.create(readerPod('root', { change: { container: asRoot } }))
  const pod = await namespace.until('root', 'Ready', isReady)
  const mounts = (await exec('root', 'cat', '/proc/self/mountinfo')).split('\n').filter((line) => /fuse/.test(line))
  t.same(
    mounts.map((line) => line.split(' ')[4]).toSorted(),
    lxcfsFiles.map(({ path }) => path).toSorted(),
    'nothing of lxcfs but the files',
  )
  for (const line of mounts) {
    const [, , , root, at, options] = line.split(' ')
    t.equal(root, at, 'the root of each mount is the file itself')
    t.match(options, /^ro\b/)
  }
  const python = (text: string) => tried('root', 'python3', '-c', text)
  for (const { path } of lxcfsFiles) {
    t.match(
      await python(`open("${path}", "w")`),
      /Read-only file system|Permission denied|Operation not permitted/,
      path,
    )
    t.match(await tried('root', 'cat', `${path}/..`), /Not a directory/, path)
  }
  t.match(await tried('root', 'cat', '/proc/1/root/private/running'), /No such file/, 'nothing of the agent')
  t.equal(pod.status.phase, 'Running')
  for (const report of await readReports(pod)) t.equal(report.counts.right !== undefined, true, report.path)
})

t.test('each that is left out is admitted, unmounted, with its reason', async (t) => {
  const spec = (fields: object) => ({ change: { spec: fields } })
  const mount = { name: 'own', mountPath: '/proc/meminfo' }
  const own = {
    change: {
      container: { volumeMounts: [mount] },
      spec: { volumes: [{ name: 'own', hostPath: { path: '/proc/meminfo' } }] },
    },
  }
  await kubectlWith(
    [{ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'kata' }, handler: 'kata' }],
    'apply',
  )
  t.teardown(() => kubectl('delete', 'runtimeclass', 'kata'))
  const cases = [
    { reason: 'LxcfsPodSecurity', in: 'lxcfs-restricted', reader: {}, mounts: 0 },
    { reason: 'LxcfsUserNamespace', in: 'lxcfs', reader: spec({ hostUsers: false }), mounts: 0 },
    { reason: 'LxcfsRuntimeClass', in: 'lxcfs', reader: spec({ runtimeClassName: 'kata' }), mounts: 0 },
    { reason: 'LxcfsNoLimits', in: 'lxcfs', reader: { isLimited: false }, mounts: 0 },
    { reason: 'LxcfsPathTaken', in: 'lxcfs', reader: own, mounts: lxcfsFiles.length - 1 },
    {
      reason: 'LxcfsSharedProcesses',
      in: 'lxcfs',
      reader: spec({ shareProcessNamespace: true }),
      mounts: lxcfsFiles.length,
    },
  ]
  for (const { reason, in: where, reader, mounts } of cases) {
    const answer = await dryRun(where, readerPod('left-out', reader))
    t.ok(answer.pod, `${reason}: admitted`)
    t.match(answer.output, new RegExp(`Warning: ${reason}: `), reason)
    t.match(JSON.stringify(statusAnnotationOf(answer)?.problems), new RegExp(reason), reason)
    const text = JSON.stringify(answer.pod?.spec.containers)
    t.equal(text.split('"greenroom-lxcfs-').length - 1, mounts, `${reason}: ${mounts} mounts`)
  }
})
