import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { containerIdOf, type Pod } from './pod.ts'

/** The pod's folder under a controller, with one for each container in it. Version 2 has one hierarchy, version 1 one for each controller. */
export function podCgroup(pod: Pod, controller: 'pids' | 'memory'): string | undefined {
  const root = existsSync(`/sys/fs/cgroup/${controller}`) ? `/sys/fs/cgroup/${controller}` : '/sys/fs/cgroup'
  return list(root)
    .filter((name) => name.startsWith('greenroom-'))
    .flatMap((name) => ['burstable', 'besteffort', '.'].map((qos) => `${root}/${name}/kubepods/${qos}`))
    .map((folder) => `${folder}/pod${pod.metadata.uid}`)
    .find((folder) => existsSync(folder))
}

/** The processes of all the pod's containers, by the node's ids. */
export function podProcessIds(pod: Pod): number[] {
  const folder = podCgroup(pod, 'pids')
  if (!folder) return []
  return list(folder).flatMap((container) =>
    read(`${folder}/${container}/cgroup.procs`).split('\n').filter(Boolean).map(Number),
  )
}

/** How many processes of a container the kernel has killed because its memory was used up. */
export function countOomKills(pod: Pod, container: string): number {
  const id = containerIdOf(pod, container)
  const folder = `${podCgroup(pod, 'memory')}/${id}`
  const events = read(`${folder}/memory.events`) || read(`${folder}/memory.oom_control`)
  return Number(events.match(/^oom_kill (\d+)$/m)?.[1] ?? Number.NaN)
}

// Cgroups go with their processes, also while they are looked at.
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
