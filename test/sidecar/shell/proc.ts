import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** All of these return what is empty for a process that is gone: it may end at any time. */

export function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

export const commandLine = (pid: number): string => read(pid, 'cmdline').replaceAll('\0', ' ').trim()

/** As the kernel calls it: at most 15 characters of the program's file name. */
export const commandName = (pid: number): string => read(pid, 'comm').trim()

export const environment = (pid: number): string[] => read(pid, 'environ').split('\0')

/** `Z` for a zombie; see proc_pid_stat(5), field 3. */
export const processState = (pid: number): string => statFields(pid)[0] ?? ''

export const parentOf = (pid: number): number => Number(statFields(pid)[1])

/** Processor time so far, in ticks of 10 ms (fields 14 and 15). */
export const cpuTicks = (pid: number): number => Number(statFields(pid)[11]) + Number(statFields(pid)[12])

/** When it started, in ticks of 10 ms since the machine did (field 22). */
export const startTicks = (pid: number): number => Number(statFields(pid)[19])

export function memoryKb(pid: number, kind: 'Rss' | 'Pss'): number {
  return Number(new RegExp(`^${kind}: +(\\d+) kB`, 'm').exec(read(pid, 'smaps_rollup'))?.[1] ?? 0)
}

/** What each open descriptor leads to. */
export function descriptors(pid: number): Map<number, string> {
  const folder = `/proc/${pid}/fd`
  return new Map(names(folder).flatMap((name) => entry(folder, name)))
}

function entry(folder: string, name: string): [number, string][] {
  try {
    return [[Number(name), readlinkSync(`${folder}/${name}`)]]
  } catch {
    // Closed since it was listed.
    return []
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The fields from the state on; the name before them may hold anything. */
function statFields(pid: number): string[] {
  const stat = read(pid, 'stat')
  return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
