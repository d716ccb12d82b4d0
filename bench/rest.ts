import { setTimeout as sleep } from 'node:timers/promises'
import { ordersPod, type Pod } from '../test/cluster/support/pod.ts'
import { firstProcessOf, type Process, processesOf } from '../test/cluster/support/processes.ts'
import { readContainerCpuMs, readTicks } from './cpu.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { isProbe, processesWithProbe, untilProbeHeld } from './held-probe.ts'
import { readPeakMb, readPssMb } from './memory.ts'
import { asIdleNode, podOf } from './peers.ts'
import { spreadOf } from './spread.ts'

const minuteMs = 60_000

/** All pods at rest for a minute, and as many idle Node processes beside them: shared pages count alike. */
export async function measureRest(ground: Ground): Promise<Figure[]> {
  const { pods, idle } = await startPods(ground)

  ground.say('a minute at rest')
  const before = pods.map(readRest)
  await sleep(minuteMs)
  const after = pods.map(readRest)

  const sidecars = pods.map((pod) => readPssMb(processesWithProbe(pod).map(({ pid }) => pid)))
  const helpers = pods.map((pod) => readPssMb(helpersInApp(pod).map(({ pid }) => pid)))
  const idleNodes = idle.map((pod) => readPssMb(processesOf(pod, 'greenroom').map(({ pid }) => pid)))
  const idleNode = spreadOf(idleNodes).median
  const parts = sidecars.map((sidecar, index) => (sidecar + (helpers[index] ?? Number.NaN)) / idleNode)
  return [
    figure('rest', 'pss_mb', sidecars, idleNodes),
    figure('rest', 'app_pss_mb', helpers),
    figure('rest', 'vs_idle_node', parts, [1]),
    figure('rest', 'cpu_ticks', [spentTicks(before, after)]),
    figure(
      'rest',
      'probes_cpu_ms',
      before.map(({ cpuMs }, index) => (after[index]?.cpuMs ?? Number.NaN) - cpuMs),
    ),
    figure(
      'rest',
      'peak_mb',
      pods.map((pod) => readPeakMb(firstProcessOf(pod, 'greenroom').pid)),
    ),
  ]
}

async function startPods(ground: Ground) {
  const names = Array.from({ length: ground.samples }, (_, index) => index)
  const [sidecar] =
    (await ground.dryRun(ordersPod('template'))).spec.initContainers?.filter(({ name }) => name === 'greenroom') ?? []
  if (!sidecar) throw new Error('the pod was not injected')

  ground.say(`starting ${names.length} pods, and ${names.length} idle Node processes`)
  const idle = await ground.start(names.map((name) => podOf(`idle-${name}`, asIdleNode(sidecar))))
  const pods = await ground.start(names.map((name) => ordersPod(`injected-${name}`)))
  for (const pod of pods) await untilProbeHeld(pod)
  return { pods, idle }
}

interface Rest {
  readonly ticks: ReadonlyMap<number, number>
  readonly cpuMs: number
}

/** What lives on; tcpsvd, which forks for each probe, and its children are what the probes cost. */
function readRest(pod: Pod): Rest {
  const isProbes = (process: Process) => isProbe(process) || process.command.includes('tcpsvd')
  const lasting = [...processesOf(pod, 'greenroom').filter((process) => !isProbes(process)), ...helpersInApp(pod)]
  return {
    ticks: new Map(lasting.map(({ pid }) => [pid, readTicks(pid)])),
    cpuMs: readContainerCpuMs(firstProcessOf(pod, 'greenroom').pid),
  }
}

/** A process that came in between was not at rest: all of its ticks count. */
function spentTicks(before: readonly Rest[], after: readonly Rest[]): number {
  const all = (rests: readonly Rest[]) => new Map(rests.flatMap(({ ticks }) => [...ticks]))
  const [begin, end] = [all(before), all(after)]
  return [...end].reduce((sum, [pid, ticks]) => sum + ticks - (begin.get(pid) ?? 0), 0)
}

/** Ours beside the app's own process. */
function helpersInApp(pod: Pod): Process[] {
  return processesOf(pod, 'app').filter(({ innerPid }) => innerPid !== 1)
}
