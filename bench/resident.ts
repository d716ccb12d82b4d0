import type { Pod } from '../test/cluster/support/pod.ts'
import { processesOf } from '../test/cluster/support/processes.ts'

/** The process that the sidecar's container lives by. */
export function residentOf(pod: Pod): number {
  const resident = processesOf(pod, 'greenroom').find(({ innerPid }) => innerPid === 1)
  if (!resident) throw new Error(`${pod.metadata.name} has no resident: ${JSON.stringify(pod.status)}`)
  return resident.pid
}
