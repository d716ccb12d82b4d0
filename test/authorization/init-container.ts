import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { AuthorizationSettings } from '../../policy/settings.ts'
import { until } from '../sidecar/shell/until.ts'

const main = fileURLToPath(new URL('../../authorization/authorize.ts', import.meta.url))

export interface Start {
  readonly code: number | null
  /** What the kubelet would show in the pod's status. */
  readonly message: string
  /** What `kubectl logs` would show. */
  readonly log: string
  readonly tookMs: number
}

/**
 * The sidecar beside it, as far as the init container knows it: appends what is said to `events` to the journal. Returns
 * what resolves once everything that was said before is there.
 */
export function startSidecar(t: Pick<Test, 'teardown'>, run: string): () => Promise<void> {
  execFileSync('mkfifo', [join(run, 'events')])
  const script = `[ -e journal ] || echo 'greenroom-journal 1' >journal
    while read -r word argument; do
      case $word in '') ;; settled) echo "$argument" >settled ;; *) echo "$(date +%s.%6N) $word $argument" >>journal ;; esac
    done <>events`
  const sidecar = spawn('/bin/sh', ['-c', script], { cwd: run, stdio: 'ignore' })
  t.teardown(() => sidecar.kill('SIGKILL'))
  let nth = 0
  return async () => {
    // A test that takes the folder away takes the sidecar with it.
    if (!existsSync(join(run, 'events'))) return
    nth += 1
    writeFileSync(join(run, 'events'), `settled ${nth}\n`)
    await until(
      'the sidecar',
      () => existsSync(join(run, 'settled')) && readFileSync(join(run, 'settled'), 'utf8') === `${nth}\n`,
    )
  }
}

/** What differs from the usual settings. */
type Settings = Partial<AuthorizationSettings>

/** One pod's `greenroom-authorize`, started as often as a test likes, over one run folder. */
export interface InitContainer {
  readonly run: string
  readonly messageFile: string
  readonly start: (about?: { settings?: object; env?: NodeJS.ProcessEnv }) => Promise<Start>
  /** For tests that interfere: `started` is the process, `ended` what becomes of it. */
  readonly begin: (about?: { settings?: object; env?: NodeJS.ProcessEnv }) => {
    started: ChildProcess
    ended: Promise<Start>
  }
  /** The events of the journal, without their times. */
  readonly journal: () => readonly string[]
}

/** How messages name what was asked for. */
export const what = 'mysql:orders for orders at 10.1.2.3'
export const when = /the first restart after 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ asks again(; a new pod asks at once)?\.$/

/** Milliseconds from now to the time that a message names. */
export function untilNext(message: string): number {
  return Date.parse(/after (\S+) asks/.exec(message)?.[1] ?? '') - Date.now()
}

export const ip = '10.1.2.3'
export const podUid = '6f1c2d3e-0000-4000-8000-000000000001'

export function createInitContainer(t: Test, settings: Settings): InitContainer {
  const folder = t.testdirName
  const run = join(folder, 'run')
  const messageFile = join(folder, 'termination-log')
  // What a run that was cut short has left.
  rmSync(run, { recursive: true, force: true })
  mkdirSync(run, { recursive: true })
  const settled = startSidecar(t, run)
  const usual = {
    resources: ['mysql:orders'],
    callTimeoutMs: 5000,
    startTimeoutMs: 30_000,
    whenUnavailable: 'block',
    refillMs: 600_000,
    ...settings,
  }

  const begin: InitContainer['begin'] = ({ settings: changed = {}, env = {} } = {}) => {
    // The kubelet makes a new, empty one for each start.
    writeFileSync(messageFile, '')
    const authorization = { ...usual, ...changed }
    const startedAt = Date.now()
    const started = spawn(process.execPath, [main, run, messageFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        GREENROOM_SETTINGS: JSON.stringify({ version: 1, application: 'orders', authorization }),
        GREENROOM_POD_UID: podUid,
        GREENROOM_POD_NAME: 'orders-1',
        GREENROOM_POD_NAMESPACE: 'shop',
        GREENROOM_POD_IP: ip,
        ...env,
      },
    })
    t.teardown(() => started.kill('SIGKILL'))
    // Not inherited: what outlives a test that was cut short must not hold the runner's own output open.
    started.stderr.pipe(process.stderr, { end: false })
    let log = ''
    started.stdout.on('data', (chunk) => {
      log += chunk
    })
    const ended = once(started, 'close').then(async ([code]) => {
      const tookMs = Date.now() - startedAt
      await settled()
      return { code, message: readFileSync(messageFile, 'utf8'), log, tookMs }
    })
    return { started, ended }
  }

  return {
    run,
    messageFile,
    begin,
    start: (about) => begin(about).ended,
    journal: () => {
      const file = join(run, 'journal')
      if (!existsSync(file)) return []
      const lines = readFileSync(file, 'utf8').split('\n').slice(1, -1)
      return lines.map((line) => line.replace(/^\d+\.\d{6} /, ''))
    },
  }
}

/** What the kubelet does to a container that fails, without its back-off. */
export async function startTimes(container: InitContainer, times: number): Promise<Start[]> {
  const starts: Start[] = []
  for (let nth = 0; nth < times; nth += 1) starts.push(await container.start())
  return starts
}

/** Resolves when the process has written this. */
export function waitForLog({ stdout }: ChildProcess, text: string): Promise<void> {
  let log = ''
  return new Promise((resolve) => {
    stdout?.on('data', (chunk) => {
      log += chunk
      if (log.includes(text)) resolve()
    })
  })
}

/** As if so much time had gone by: a refill takes minutes, and a clock cannot be moved. */
export function letPass({ run }: InitContainer, ms: number): void {
  const file = join(run, 'attempts')
  const attempts = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...attempts, owedMs: attempts.owedMs - ms }))
}
