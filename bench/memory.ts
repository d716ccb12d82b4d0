import { readFileSync } from 'node:fs'
import { findCgroupFile, readCgroup } from './cgroup.ts'

/**
 * The processes' proportional set size in MB (10^6 bytes): their own memory, and of what they share their part
 * (proc_pid_smaps(5)). A process that ends meanwhile counts as nothing.
 */
export function readPssMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readPssBytes(pid), 0) / 1e6
}

function readPssBytes(pid: number): number {
  try {
    const kibibytes = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+) kB$/m)?.[1]
    return Number(kibibytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Reads again and again what the container of a process takes, as the kernel counts it against its limit; 0 when it is gone. */
export function usageMbReader(pid: number): () => number {
  const file = findCgroupFile(pid, {
    controller: 'memory',
    file: 'memory.usage_in_bytes',
    unified: 'memory.current',
  })
  return () => {
    try {
      return Number(readFileSync(file, 'utf8')) / 1e6
    } catch {
      return 0
    }
  }
}

/** The most that the container of a process has taken since it was started, file pages that it was the first to read included. */
export function readPeakMb(pid: number): number {
  return (
    Number(readCgroup(pid, { controller: 'memory', file: 'memory.max_usage_in_bytes', unified: 'memory.peak' })) / 1e6
  )
}
