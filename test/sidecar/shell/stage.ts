import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { commandLine, environment, pids, processState } from './proc.ts'

const root = join(import.meta.dirname, '../../..')

/** Stands for a container: what ends together when its PID 1 ends. */
export type Container = 'sidecar' | 'app'

export interface Command {
  readonly container: Container
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Default: the app's folder, as an image's working directory. */
  readonly cwd?: string
}

export interface Running {
  readonly pid: number
  /** As a shell counts: the exit code, or 128 + n for a signal. */
  readonly exited: Promise<number>
  readonly input: Writable
  /** Of stdout and stderr, as they came. */
  readonly lines: readonly string[]
  /** From now on nobody reads what it writes. */
  stopReading(): void
  signal(name: NodeJS.Signals): void
}

export interface Stage {
  /** Our image's /greenroom. */
  readonly image: string
  readonly busybox: string
  /** The volume, as our own containers see it. */
  readonly run: string
  readonly app: string
  start(command: Command): Running
  /** Not yet dead, of one container or of all. */
  living(container?: Container): { pid: number; command: string }[]
  /** As the kernel ends a container: all of it, at once. */
  kill(container: Container): void
}

interface Teardown {
  teardown(undo: () => void): void
}

/** Marks what was started here and all of its offspring, whatever sessions they start. */
const stageName = 'TEST_STAGE'
const containerName = 'TEST_CONTAINER'

/** A pod's volume and our image as temporary folders. Whatever was started on it ends with the test, and nothing else. */
export function createStage(t: Teardown): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-test-'))
  const id = randomUUID()
  const image = join(folder, 'image')
  for (const source of [helperFolder(), join(root, 'sidecar/shell')]) {
    cpSync(source, image, { recursive: true })
  }
  const run = join(folder, 'run')
  const app = join(folder, 'app')
  mkdirSync(run)
  mkdirSync(join(app, 'hooks'), { recursive: true })

  const living = (container?: Container) =>
    pids()
      .filter((pid) => isOurs(pid, id, container))
      .map((pid) => ({ pid, command: commandLine(pid) }))
  const kill = (container?: Container) => {
    // Again and again, for one may fork while the list is read.
    for (let left = living(container); left.length > 0; left = living(container)) {
      for (const { pid } of left) killQuietly(pid)
    }
  }
  const dismissGuard = startGuard(id, folder)
  t.teardown(() => {
    kill()
    rmSync(folder, { recursive: true, force: true })
    dismissGuard()
  })

  return {
    image,
    busybox: join(image, 'busybox'),
    run,
    app,
    start: ({ container, argv, env = {}, cwd = app }) =>
      startProcess(argv, { cwd, env: { PATH: '/usr/bin:/bin', ...env, [stageName]: id, [containerName]: container } }),
    living,
    kill,
  }
}

/** Where image/build-helper has put busybox and socat: our own build, or what it borrowed. */
export function helperFolder(): string {
  const output = execFileSync(join(root, 'image/build-helper'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return output.trim().split('\n').at(-1) ?? ''
}

/** Names and content of a folder's files. */
export function readFolder(folder: string): Map<string, Buffer> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
}

function startProcess(argv: readonly string[], options: { cwd: string; env: Record<string, string> }): Running {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { ...options, detached: true, stdio: 'pipe' })
  // A process that does not read all of it is no failure of the test.
  child.stdin.on('error', () => {})
  const lines: string[] = []
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => lines.push(line))
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
  return {
    pid: child.pid ?? 0,
    exited,
    input: child.stdin,
    lines,
    stopReading: () => {
      child.stdout.pause()
      child.stderr.pause()
    },
    signal: (name) => child.kill(name),
  }
}

/** Clears up where the test itself was killed, at its time limit for one. Returns what dismisses it. */
function startGuard(id: string, folder: string): () => void {
  const script = `read -r word && exit
    for process in /proc/[0-9]*; do
      tr '\\0' '\\n' <$process/environ | grep -qx "${stageName}=${id}" && kill -9 \${process#/proc/}
    done
    rm -rf ${folder}`
  const guard = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  guard.stdin.on('error', () => {})
  return () => guard.stdin.end('dismissed\n')
}

function isOurs(pid: number, id: string, container?: Container): boolean {
  const variables = environment(pid)
  if (!variables.includes(`${stageName}=${id}`) || processState(pid) === 'Z') return false
  return container === undefined || variables.includes(`${containerName}=${container}`)
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself since it was listed.
  }
}
