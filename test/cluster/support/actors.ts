import { readFileSync } from 'node:fs'
import { podProcessIds } from './cgroup.ts'
import type { Pod } from './pod.ts'

/** Those who can die in an injected pod. `both`: the first processes of both containers, in one breath. */
export const actors = ['authorize', 'app', 'node', 'sidecar', 'both', 'agent', 'keeper'] as const
export type Actor = (typeof actors)[number]

const commands: Readonly<Record<Exclude<Actor, 'both'>, RegExp>> = {
  app: /^\/app\/orders serve/,
  authorize: /^\/nodejs\/bin\/node .*\/authorize\.cjs/,
  node: /^\/nodejs\/bin\/node .*\/sidecar\.cjs/,
  sidecar: /\/greenroom\/resident /,
  agent: /\/greenroom\/agent /,
  keeper: /\/greenroom\/keeper /,
}

/**
 * Kills an actor with SIGKILL and returns when; null if it was not there within the limit. Fast, for the place of a kill
 * is a line of the journal: only the pod's own cgroup is looked through.
 */
export async function killActor(pod: Pod, actor: Actor, withinMs: number): Promise<number | null> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const pids = findActor(pod, actor)
    if (pids.every((pid) => pid !== undefined)) {
      for (const pid of pids) if (!kill(pid)) return null
      return Date.now()
    }
    if (Date.now() >= deadline) return null
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Halts the app's process, or lets it go on: its port takes connections meanwhile, and nobody answers. */
export function signalApp(pod: Pod, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const [pid] = findActor(pod, 'app')
  if (pid === undefined) throw new Error(`${pod.metadata.name} has no app`)
  process.kill(pid, signal)
}

function findActor(pod: Pod, actor: Actor): (number | undefined)[] {
  const processes = podProcessIds(pod).map((pid) => ({
    pid,
    command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '),
  }))
  return (actor === 'both' ? (['app', 'sidecar'] as const) : [actor]).map((actor) => {
    const pids = processes.filter(({ command }) => commands[actor].test(command)).map(({ pid }) => pid)
    // A shell's children have its command line until they become another program.
    return pids.find((pid) => !pids.includes(parentOf(pid)))
  })
}

function parentOf(pid: number): number {
  return Number(
    read(`/proc/${pid}/stat`)
      .replace(/^.*\) \S /, '')
      .split(' ')[0],
  )
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself in between.
    return false
  }
}

// A process may go while it is looked at.
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
