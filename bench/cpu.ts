import { readFileSync } from 'node:fs'
import { readCgroup } from './cgroup.ts'

/** User and system time that a process has taken, in ticks (proc_pid_stat(5), fields 14 and 15); 0 when it is gone. */
export function readTicks(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold blanks; the state, field 3, follows it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  } catch {
    return 0
  }
}

/** CPU time of a process's whole container since it was started, processes that are gone included. */
export function readContainerCpuMs(pid: number): number {
  const text = readCgroup(pid, { controller: 'cpuacct', file: 'cpuacct.usage', unified: 'cpu.stat' })
  const microseconds = text.match(/^usage_usec (\d+)$/m)?.[1]
  return microseconds ? Number(microseconds) / 1e3 : Number(text) / 1e6
}
