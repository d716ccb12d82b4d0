import { readdirSync, readFileSync } from 'node:fs'
import { containerIdOf, type Pod } from './pod.ts'

export interface Process {
  /** On the node. */
  readonly pid: number
  /** In its container: 1 is the one that the container lives by. */
  readonly innerPid: number
  readonly command: string
}

/** The processes of one container of a pod, found by its cgroup. */
export function processesOf(pod: Pod, container: string): Process[] {
  const id = containerIdOf(pod, container)
  if (!id) throw new Error(`${pod.metadata.name} has no container ${container} yet`)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(`/proc/${pid}/cgroup`).includes(id))
    .map((pid) => ({
      pid,
      innerPid: Number(read(`/proc/${pid}/status`).match(/^NSpid:.*?(\d+)$/m)?.[1]),
      command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(),
    }))
}

/** The one that the container lives by. */
export function firstProcessOf(pod: Pod, container: string): Process {
  const first = processesOf(pod, container).find(({ innerPid }) => innerPid === 1)
  if (!first) throw new Error(`${pod.metadata.name}: nobody lives in ${container}: ${JSON.stringify(pod.status)}`)
  return first
}

// A process may end while it is looked at.
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
