import { existsSync, readFileSync } from 'node:fs'

/** A file of version 1's hierarchy of a controller, and the one of version 2 that says the same. */
export interface CgroupFile {
  readonly controller: string
  readonly file: string
  readonly unified: string
}

/** Reads a file of the cgroup that a process is in, whichever version the machine has (cgroups(7)). */
export const readCgroup = (pid: number, file: CgroupFile): string => readFileSync(findCgroupFile(pid, file), 'utf8')

/** Its path, which stays right when the process is gone and its number is another's. */
export function findCgroupFile(pid: number, { controller, file, unified }: CgroupFile): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
  const separate = pathOf(lines, (controllers) => controllers.split(',').includes(controller))
  const path = `/sys/fs/cgroup/${controller}${separate}/${file}`
  if (separate !== undefined && existsSync(path)) return path
  return `/sys/fs/cgroup${pathOf(lines, (controllers) => controllers === '')}/${unified}`
}

function pathOf(lines: readonly string[], isWanted: (controllers: string) => boolean): string | undefined {
  const line = lines.find((line) => isWanted(line.split(':')[1] ?? '-'))
  return line?.split(':').slice(2).join(':')
}
