import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, ask, type Question } from './ask.ts'
import { freePort, isListening } from './free-port.ts'
import type { Running, Stage } from './stage.ts'
import { until } from './until.ts'

export const token = 'a-token-of-admission'

export interface Sidecar extends Running {
  readonly port: number
  ask(question: Question): Promise<Answer>
  /** The kubelet's readiness probe. */
  probe(): Promise<Answer>
}

interface SidecarOptions {
  readonly decide: readonly string[]
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Starts the resident and waits, as the kubelet does, for the barrier, and until its port is open. */
export async function startSidecar(stage: Stage, options: SidecarOptions): Promise<Sidecar> {
  const sidecar = await startResident(stage, options)
  const barrier = stage.start({ container: 'sidecar', argv: shell(stage, 'barrier', stage.run) })
  const code = await barrier.exited
  if (code !== 0) {
    const living = stage.living('sidecar').map(({ pid, command }) => `${pid} ${command}`)
    const end = await Promise.race([sidecar.exited, 'none'])
    throw new Error([`barrier: ${code}, resident: ${end}`, ...barrier.lines, ...sidecar.lines, ...living].join('; '))
  }
  await until('the port', () => isListening(sidecar.port))
  return sidecar
}

export async function startResident(stage: Stage, { decide, port, env = {} }: SidecarOptions): Promise<Sidecar> {
  const at = port ?? (await freePort())
  const running = stage.start({
    container: 'sidecar',
    // So that a test's limit on the size of files is an error to it, as a full disk is, and not its end.
    argv: [
      '/bin/sh',
      '-c',
      `trap '' XFSZ; exec "$@"`,
      'sh',
      ...shell(stage, 'resident', stage.run, String(at), ...decide),
    ],
    env: {
      GREENROOM_PROBE_TOKEN: token,
      GREENROOM_POD_NAME: 'pod-1',
      GREENROOM_POD_NAMESPACE: 'shop',
      GREENROOM_POD_IP: '127.0.0.1',
      GREENROOM_POD_UID: 'uid-1',
      ...env,
    },
  })
  return {
    ...running,
    port: at,
    ask: (question) => ask(at, question),
    probe: () => ask(at, { path: '/ready', headers: { 'Greenroom-Probe': token } }),
  }
}

/** A file of our image, as the webhook has it run. */
export function shell(stage: Stage, file: string, ...args: string[]): string[] {
  return [stage.busybox, 'sh', join(stage.image, file), ...args]
}

/** The journal's words without its times; the header is its first line. */
export function journal(stage: Stage): string[] {
  const file = join(stage.run, 'journal')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.replace(/^[\d.]+ /, ''))
}

/** Waits for a line; returns its number, counted from 1. */
export function journaled(stage: Stage, line: string | RegExp): Promise<number> {
  const isIt = (other: string) => (typeof line === 'string' ? other === line : line.test(other))
  return until(`${line} in the journal`, () => journal(stage).findIndex(isIt) + 1 || false).catch((cause) => {
    throw new Error(`journal: ${journal(stage).join('; ')}`, { cause })
  })
}

/** Says a line to the resident, as our own programs do. */
export const tellResident = (stage: Stage, line: string) => tell(join(stage.run, 'events'), `${line}\n`)

/** Resolves once whoever waited has been told: the line comes after that. */
export async function goOnline(stage: Stage): Promise<void> {
  const { length } = journal(stage)
  tellResident(stage, `go-online ${length}`)
  await until('online', () => journal(stage).slice(length).includes('online'))
}

/** Says something to the FIFO that the app writes to. */
export const sayAsApp = (stage: Stage, text: string) => tell(join(stage.run, 'shared/app-events'), text)

export const sayAsHook = (stage: Stage, line: string) => tell(join(stage.run, 'shared/output'), `${line}\n`)

export const sayToAgent = (stage: Stage, line: string) => tell(join(stage.run, 'shared/commands'), `${line}\n`)

/** What ends the app's preStop. */
export const tellPreStop = (stage: Stage) => tell(join(stage.run, 'shared/released'), 'released\n')

/** Read-write, so that no reader is waited for. */
function tell(fifo: string, text: string): void {
  const fd = openSync(fifo, constants.O_RDWR)
  try {
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
}

export const hasMarker = (stage: Stage): boolean => existsSync(join(stage.run, 'shown/healthcheck.html'))

/** The probe's answer is yes while this is there. */
export const isReady = (stage: Stage): boolean => existsSync(join(stage.run, 'ready'))
