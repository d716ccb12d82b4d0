import t, { type Test } from 'tap'
import { sampleOf } from './support/component.ts'
import { kubectl } from './support/kubectl.ts'
import { restartKubelet } from './support/kubelet.ts'
import {
  agentPod,
  agentProcess,
  agentsRolledOut,
  deleteAgents,
  forgetPublished,
  importLxcfs,
  installLxcfs,
  readAgentMetrics,
  readerPod,
  readReports,
  removeLxcfs,
  shownLxcfs,
  signalLxcfs,
  skipWithoutFuse,
  untilInReserve,
} from './support/lxcfs.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, type Pod, statusOf } from './support/pod.ts'
import { processesOf } from './support/processes.ts'
import { type Summary, summaryOf, untilHealed } from './support/readers.ts'
import { untilTrue } from './support/until-true.ts'

/** The bound of the issue is for the bench, on a machine that does nothing else; here it is that a pod heals, and soon. */
const wideMs = 10_000
const readers = Number(process.env.LXCFS_READERS ?? 8)
const kills = Number(process.env.LXCFS_KILLS ?? 10)

skipWithoutFuse(t)
importLxcfs()
forgetPublished()
await installLxcfs()
const namespace = await createNamespace('lxcfs-healing', 'privileged')
t.teardown(async () => {
  await namespace.remove()
  await removeLxcfs()
})

const names = Array.from({ length: readers }, (_, index) => `reader-${index}`)
await namespace.create(...names.map((name) => readerPod(name)))
const pods: Pod[] = []
for (const name of names) pods.push(await namespace.until(name, 'Ready', isReady, 120_000))
await untilTrue(async () => !(await summaryOf(pods, 0)).isOut, Date.now() + 30_000, 200)

function holds(t: Test, what: string, { worstMs, worstFailedMs, slowestMs, counts }: Summary): void {
  t.comment(`${what}: out for ${worstMs} ms at most, errors for ${worstFailedMs} ms; slowest read ${slowestMs} ms`)
  t.ok(worstMs < wideMs, `${what}: right values again after ${worstMs} ms`)
  t.ok(slowestMs < wideMs, `${what}: no reader hangs, the slowest read took ${slowestMs} ms`)
  t.ok((counts.right ?? 0) > 0, JSON.stringify(counts))
}

function noneRestarted(t: Test): void {
  for (const { metadata } of pods) {
    const latest = namespace.pods().find((pod) => pod.metadata.name === metadata.name)
    const restarts =
      latest && [statusOf(latest, 'app'), statusOf(latest, 'greenroom')].map((each) => each?.restartCount)
    t.same(restarts, [0, 0], `${metadata.name} has not been restarted`)
    t.ok(latest && isReady(latest), `${metadata.name} is Ready`)
  }
}

t.test('lxcfs is killed again and again, and pods see right values again each time', async (t) => {
  const agent = await agentPod()
  for (let kill = 1; kill <= kills; kill++) {
    await untilInReserve(agent)
    const at = signalLxcfs(agent, 'SIGKILL')
    holds(t, `kill ${kill}`, await untilHealed(pods, at))
  }
  noneRestarted(t)
  const ended = sampleOf('greenroom_lxcfs_ends_total{cause="died"}', await readAgentMetrics(agent))
  t.equal(ended, kills, 'each is counted')
})

t.test('one that hangs is replaced', async (t) => {
  const agent = await agentPod()
  await untilInReserve(agent)
  const at = signalLxcfs(agent, 'SIGSTOP')
  holds(t, 'SIGSTOP', await untilHealed(pods, at))
  t.equal(sampleOf('greenroom_lxcfs_ends_total{cause="hung"}', await readAgentMetrics(agent)), 1)
  noneRestarted(t)
})

t.test('both are killed at once: pods see the values of the node, then their own', async (t) => {
  const agent = await agentPod()
  await untilInReserve(agent)
  const at = Date.now()
  for (const { pid, command } of processesOf(agent, 'agent'))
    if (command.startsWith('lxcfs')) process.kill(pid, 'SIGKILL')
  holds(t, 'both', await untilHealed(pods, at))
  noneRestarted(t)
})

t.test('the agent itself is killed, with all that it runs', async (t) => {
  const agent = await agentPod()
  const at = Date.now()
  process.kill(agentProcess(agent), 'SIGKILL')
  holds(t, 'the agent', await untilHealed(pods, at, 60_000))
  const metrics = await readAgentMetrics(agent)
  t.equal(sampleOf('greenroom_lxcfs_ends_total{cause="orphaned"}', metrics), 1, 'the next one counts that')
  t.equal(sampleOf('greenroom_lxcfs_ends_total{cause="died"}', metrics), kills + 1, 'and forgets nothing')
  noneRestarted(t)
})

t.test('an agent that is not heard of counts as one that shows nothing', async (t) => {
  const agent = await agentPod()
  const isUp = async () => sampleOf('greenroom_lxcfs_up', await readAgentMetrics(agent)) === 1
  t.ok(await untilTrue(isUp, Date.now() + 10_000, 100))
  const stopped = agentProcess(agent)
  process.kill(stopped, 'SIGSTOP')
  t.ok(await untilTrue(async () => !(await isUp()), Date.now() + 30_000, 200), 'up is 0')
  await kubectl('wait', 'pod', '-n', 'kube-system', agent.metadata.name, '--for=condition=Ready=false', '--timeout=30s')
  process.kill(stopped, 'SIGCONT')
  t.ok(await untilTrue(isUp, Date.now() + 30_000, 200), 'and 1 again')
})

t.test('an upgrade shows an error to nobody for long', async (t) => {
  const at = Date.now()
  await kubectl('rollout', 'restart', '-n', 'kube-system', 'daemonset/greenroom-lxcfs')
  await agentsRolledOut()
  holds(t, 'the upgrade', await untilHealed(pods, at, 60_000))
  noneRestarted(t)
})

t.test('no layer piles up that no pod needs', async (t) => {
  const agent = await agentPod()
  const layers = async () => sampleOf('greenroom_lxcfs_layers', await readAgentMetrics(agent)) ?? Number.NaN
  const before = await layers()
  for (let kill = 0; kill < 22; kill++) {
    await untilInReserve(agent)
    const pid = shownLxcfs(agent)
    signalLxcfs(agent, 'SIGKILL')
    await untilTrue(() => shownLxcfs(agent) !== pid, Date.now() + 5_000)
  }
  const thinned = await untilTrue(async () => (await layers()) < 20, Date.now() + 60_000, 200)
  t.ok(thinned, `${await layers()} layers, ${before} before`)
  // And pods follow still.
  await untilInReserve(agent)
  const at = signalLxcfs(agent, 'SIGKILL')
  holds(t, 'after that', await untilHealed(pods, at))
  noneRestarted(t)
})

t.test('the agents are deleted and the kubelet restarts: pods go on with the values of the node', async (t) => {
  const deletedAt = Date.now()
  await deleteAgents()
  const before = await summaryOf(pods, deletedAt)
  await restartKubelet()
  const after = await summaryOf(pods, deletedAt)
  t.equal(errorsIn(after), errorsIn(before), 'no read fails any more')
  t.ok((after.counts.wrong ?? 0) > (before.counts.wrong ?? 0), 'they see the node')
  noneRestarted(t)

  await namespace.create(readerPod('late'))
  const late = await namespace.until('late', 'Ready', isReady)
  await installLxcfs()
  const areRight = async () => !(await summaryOf([...pods, late], deletedAt)).isOut && (await areAllRight(late))
  t.ok(
    await untilTrue(areRight, Date.now() + 60_000, 100),
    'once there is one again, all see what is right, the new pod too',
  )
  const all = await summaryOf([...pods, late], deletedAt)
  t.equal(errorsIn(all) - errorsIn(after), 0, 'and nobody an error on the way')
  noneRestarted(t)
})

const areAllRight = async (pod: Pod) => (await readReports(pod)).every(({ counts }) => (counts.right ?? 0) > 0)

/** Reads that gave no values at all. */
const errorsIn = ({ counts: { right: _right, wrong: _wrong, ...others } }: Summary): number =>
  Object.values(others).reduce((sum, count) => sum + count, 0)
