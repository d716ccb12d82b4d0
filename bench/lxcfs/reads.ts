import { kubectl } from '../../test/cluster/support/kubectl.ts'
import { lxcfsFiles, readerPod } from '../../test/cluster/support/lxcfs.ts'
import { type Figure, figure } from '../figure.ts'
import type { Ground } from '../ground.ts'

/** Microseconds of one read of a file, opened and closed, as a program in the container would: as many times as it takes to be sure. */
const program = `
import sys, time
for path in sys.argv[2:]:
    def read(times):
        for _ in range(times):
            with open(path, "rb") as file: file.read()
    read(200)
    began = time.perf_counter()
    read(2000)
    print((time.perf_counter() - began) / 2000 * 1e6)
`

/** What one read of each file costs in a container that has lxcfs, and in one that reads the kernel's own. */
export async function measureReads(ground: Ground): Promise<Figure[]> {
  ground.say('what a read costs')
  const quiet = { everyMs: 60_000 }
  await ground.start([readerPod('with', quiet), readerPod('without', { ...quiet, mode: 'off' })])
  const read = async (pod: string) => {
    const paths = lxcfsFiles.map(({ path }) => path)
    const command = ['python3', '-c', program, '-', ...paths]
    const text = await kubectl('exec', '-n', ground.namespace.name, pod, '-c', 'app', '--', ...command)
    return text.trim().split('\n').map(Number)
  }
  const rounds: { readonly ours: number[]; readonly kernels: number[] }[] = []
  for (let round = 0; round < 5; round++) rounds.push({ ours: await read('with'), kernels: await read('without') })
  await ground.clear('with', 'without')
  return lxcfsFiles.map(({ volumeName }, index) =>
    figure(
      'lxcfs',
      metricOf[volumeName.replace('greenroom-lxcfs-', '') as keyof typeof metricOf],
      rounds.map(({ ours }) => ours[index] ?? Number.NaN),
      rounds.map(({ kernels }) => kernels[index] ?? Number.NaN),
    ),
  )
}

const metricOf = {
  cpuinfo: 'read_cpuinfo_us',
  meminfo: 'read_meminfo_us',
  stat: 'read_stat_us',
  diskstats: 'read_diskstats_us',
  swaps: 'read_swaps_us',
  uptime: 'read_uptime_us',
  loadavg: 'read_loadavg_us',
  'cpu-online': 'read_cpu_online_us',
} as const
