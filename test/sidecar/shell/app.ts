import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTicks } from './proc.ts'
import type { Running, Stage } from './stage.ts'
import { until } from './until.ts'

export interface StartOptions {
  /** The app's own postStart. */
  readonly postStart?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** The app container's postStart, to its end. */
export async function startAgent(stage: Stage, options: StartOptions = {}): Promise<number> {
  return runStart(stage, options).exited
}

export function runStart(stage: Stage, { postStart = [], ...options }: StartOptions = {}): Running {
  const own = postStart.length > 0 ? ['--', ...postStart] : []
  return stage.start({ container: 'app', argv: helper(stage, 'start', join(stage.run, 'shared'), ...own), ...options })
}

/** A file of the helper's copy in the volume, as the app container runs it. */
export function helper(stage: Stage, file: string, ...args: string[]): string[] {
  const folder = join(stage.run, 'helper')
  return [join(folder, 'busybox'), 'sh', join(folder, file), ...args]
}

/** The process of a file of the helper, the oldest one: not a copy of it, nor one that waits for it to go. */
export function processOf(stage: Stage, file: string): Promise<number> {
  const command = join(stage.run, 'helper', file)
  const isIt = (process: { command: string }) => `${process.command} `.includes(` sh ${command} `)
  // Not by the number, for numbers begin anew.
  const oldest = () =>
    stage
      .living('app')
      .filter(isIt)
      .map(({ pid }) => pid)
      .toSorted((one, other) => startTicks(one) - startTicks(other))[0]
  return until(`process of ${file}`, oldest)
}

/** Takes the lock as a keeper does, without an agent. */
export async function holdLock(stage: Stage): Promise<Running> {
  const argv = [
    stage.busybox,
    'flock',
    '-x',
    join(stage.run, 'shared/alive'),
    '/bin/sh',
    '-c',
    'echo held; exec sleep 600',
  ]
  const keeper = stage.start({ container: 'app', argv })
  await until('the lock', () => keeper.lines.includes('held'))
  return keeper
}

/** Puts an executable into the app's folder and returns its path. */
export function addProgram(stage: Stage, name: string, body: string): string {
  const file = join(stage.app, name)
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o755)
  return file
}
