import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const ctr = new URL('../test/cluster/parts/ctr', import.meta.url).pathname

/** `2026-11-21 01:25:00.123456789 +0000 UTC k8s.io /tasks/exec-added {"container_id":"…","exec_id":"…"}` */
const execEvent =
  /^(\S+) (\d+:\d+:\d+(?:\.\d{1,3})?)\d* \+0000 UTC \S+ \/tasks\/exec-(added|started) .*"container_id":"([0-9a-f]+)"/

/** A command that the kubelet has run in a container: asked for (`added`), and then `started`. */
export interface Exec {
  readonly what: 'added' | 'started'
  /** As the runtime tells: milliseconds since the epoch. */
  readonly at: number
  readonly container: string
}

export function parseExec(line: string): Exec | undefined {
  const [, date, time, what, container] = line.match(execEvent) ?? []
  if (container === undefined || (what !== 'added' && what !== 'started')) return undefined
  return { what, at: Date.parse(`${date}T${time}Z`), container }
}

/** Collects the execs of all containers of the node until `stop`. */
export async function watchExecs(): Promise<{ readonly seen: readonly Exec[]; stop(): void }> {
  const child = spawn(ctr, ['events'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child, 'spawn')
  const seen: Exec[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const exec = parseExec(line)
    if (exec) seen.push(exec)
  })
  return { seen, stop: () => child.kill() }
}
