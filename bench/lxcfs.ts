import { setTimeout as sleep } from 'node:timers/promises'
import { kubectl } from '../test/cluster/support/kubectl.ts'
import {
  agentPod,
  importLxcfs,
  installLxcfs,
  readerPod,
  removeLxcfs,
  signalLxcfs,
  untilInReserve,
} from '../test/cluster/support/lxcfs.ts'
import type { Pod } from '../test/cluster/support/pod.ts'
import { processesOf } from '../test/cluster/support/processes.ts'
import { summaryOf, untilHealed } from '../test/cluster/support/readers.ts'
import { untilTrue } from '../test/cluster/support/until-true.ts'
import { readContainerCpuMs } from './cpu.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { measurePlain } from './lxcfs/plain.ts'
import { measureReads } from './lxcfs/reads.ts'
import { readPssMb } from './memory.ts'

const readers = 20
const minuteMs = 60_000

/** As the issue of healing has it: readers of every file every 5 ms in 20 pods, and a kill -9 each time that all of them see what is right. */
export async function measureLxcfs(ground: Ground): Promise<Figure[]> {
  importLxcfs()
  await installLxcfs()
  try {
    await allowHostPath(ground)
    const rest = await measureRest(ground)
    const reads = await measureReads(ground)
    const plain = await measurePlain(ground)
    const outages = await measureKills(ground)
    return [
      figure('lxcfs', 'heal_median_ms', outages, plain),
      figure('lxcfs', 'heal_worst_ms', [Math.max(...outages)], [Math.max(...plain)]),
      ...rest,
      ...reads,
    ]
  } finally {
    await removeLxcfs()
  }
}

/** Pod Security refuses hostPath in the namespace of a bench; resolves once the webhook has seen that it does not any more. */
async function allowHostPath({ namespace, dryRun }: Ground): Promise<void> {
  await kubectl('label', 'namespace', namespace.name, 'pod-security.kubernetes.io/enforce=privileged', '--overwrite')
  const isMounted = async () => JSON.stringify((await dryRun(readerPod('template'))).spec).includes('greenroom-lxcfs')
  if ((await untilTrue(isMounted, Date.now() + minuteMs, 200)) === null)
    throw new Error('no pod gets the files of lxcfs')
}

/** Per kill the longest time for which any file in any pod was not right. */
async function measureKills(ground: Ground): Promise<number[]> {
  const kills = Math.ceil(ground.samples * 2.5)
  ground.say(`${readers} pods that read every file every 5 ms, ${kills} kills`)
  const names = Array.from({ length: readers }, (_, index) => `reader-${index}`)
  const pods = await ground.start(names.map((name) => readerPod(name)))
  const areRight = async () => !(await summaryOf(pods, 0)).isOut
  await untilTrue(areRight, Date.now() + minuteMs, 200)
  const agent = await agentPod()
  const outages: number[] = []
  for (let kill = 0; kill < kills; kill++) {
    await untilInReserve(agent)
    // A service that ends as soon as it was shown is another case.
    await sleep(1_000)
    outages.push((await untilHealed(pods, signalLxcfs(agent, 'SIGKILL'))).worstMs)
  }
  await ground.clear(...names)
  return outages
}

/** The agent's pod while nobody reads. */
async function measureRest(ground: Ground): Promise<Figure[]> {
  const agent = await agentPod()
  await untilInReserve(agent)
  ground.say('a minute at rest')
  const cpuMs = (pod: Pod) => readContainerCpuMs(processesOf(pod, 'agent')[0]?.pid ?? 0)
  const before = cpuMs(agent)
  await sleep(minuteMs)
  const spent = cpuMs(agent) - before
  const pids = ['agent', 'metrics'].flatMap((container) => processesOf(agent, container).map(({ pid }) => pid))
  return [figure('lxcfs', 'agent_pss_mb', [readPssMb(pids)]), figure('lxcfs', 'agent_cpu_ms', [spent])]
}
