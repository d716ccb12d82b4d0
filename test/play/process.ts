import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Environment } from './environment.ts'

export interface Command {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Environment
}

export interface Process {
  /** As a shell counts: the exit code, 128 + n for a signal, 127 where the program could not be started. */
  readonly exited: Promise<number>
  /** Everything it printed was passed on. Children that outlive it may hold this up. */
  readonly drained: Promise<unknown>
  signal(name: 'SIGTERM' | 'SIGKILL'): void
}

export type OnLine = (line: string, from: 'stdout' | 'stderr') => void

/**
 * Marks a process and all its offspring, whatever sessions they start: it is how a play finds again what it started, and
 * nothing else.
 */
export const tagName = 'PLAY_TAG'

/** Starts a process in a session of its own, so that a terminal's Ctrl-C reaches the play alone. */
export function startProcess({ argv, cwd, env }: Command, onLine: OnLine): Process {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      onLine(error.message, 'stderr')
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + signalNumber(signal)))
  })
  return {
    exited,
    drained: Promise.all([
      passLines(child.stdout, (line) => onLine(line, 'stdout')),
      passLines(child.stderr, (line) => onLine(line, 'stderr')),
    ]),
    signal: (name) => child.kill(name),
  }
}

/** A killed process is gone within milliseconds; one that the kernel cannot end is not waited for any longer. */
const killLimitMs = 3000

/**
 * Ends every process that carries the tag or one that continues it after a `:`. Repeats until none is left, for one may
 * fork while the list is read. Synchronous, so that it also works while the play itself is on its way out.
 */
export function killTagged(tag: string): void {
  const deadline = performance.now() + killLimitMs
  for (let pids = taggedPids(tag); pids.length > 0 && performance.now() < deadline; pids = taggedPids(tag)) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself between the two lines above.
      }
    }
  }
}

export function taggedPids(tag: string): readonly number[] {
  const pattern = new RegExp(`(?:^|\0)${tagName}=${tag}(?:[:\0]|$)`)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && pattern.test(environOf(name)))
    .map(Number)
}

/** A zombie has an empty environment, and another user's cannot be read: neither is ours to end. */
function environOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

async function passLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream })
  lines.on('line', onLine)
  await once(lines, 'close')
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal ? constants.signals[signal] : 0
}
