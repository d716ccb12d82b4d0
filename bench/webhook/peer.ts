import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { send } from '../../test/webhook/support/send.ts'
import { startStandIn } from './stand-in.ts'

/** A server of the same reviews as a process of its own, on a core of its own. */
export interface Peer {
  readonly pid: number
  readonly port: number
  readonly path: string
  stop(): void
}

/** Where the certificates are, and what {@link ../webhook/build} has built. */
export interface Place {
  readonly folder: string
  readonly built: string
}

/** The servers' core; the load has the other one. */
const serverCore = '0'

const pinned = (command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawn('taskset', ['-c', serverCore, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })

export async function startGreenroom({ folder }: Place): Promise<Peer> {
  const bundle = join(import.meta.dirname, '../../dist/webhook.cjs')
  const files = ['--tls-cert', join(folder, 'tls.crt'), '--tls-key', join(folder, 'tls.key')]
  const child = pinned([process.execPath, ...nodeFlags(), bundle, ...files, '--port', '0', '--shutdown-delay', '0'])
  const listening = await firstLine(child, (line) => line.includes('"listening"'))
  return peerOf(child, JSON.parse(listening).address.port, '/mutate')
}

/** As the Deployment has them, before the bundle. */
function nodeFlags(): string[] {
  const { spec } = parse(readFileSync(join(import.meta.dirname, '../../manifests/base/deployment.yaml'), 'utf8'))
  const args: string[] = spec.template.spec.containers[0].args
  return args.slice(
    0,
    args.findIndex((arg) => !arg.startsWith('--')),
  )
}

export async function startGo({ folder, built }: Place): Promise<Peer> {
  const child = pinned([join(built, 'server'), '-cert', join(folder, 'tls.crt'), '-key', join(folder, 'tls.key')])
  return peerOf(child, Number(await firstLine(child, (line) => /^\d+$/.test(line))), '/mutate')
}

/** pepr's own controller, which takes its port from its module and answers once it has read its store. */
export async function startPepr({ folder, built }: Place, ca: string): Promise<Peer> {
  const standIn = await startStandIn()
  const port = 3_999
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, standIn.kubeconfig)
  const child = pinned([process.execPath, join(built, 'pepr/module.cjs')], {
    PORT: String(port),
    KUBECONFIG: kubeconfig,
    PEPR_API_PATH: 'bench',
    SSL_CERT_PATH: join(folder, 'tls.crt'),
    SSL_KEY_PATH: join(folder, 'tls.key'),
  })
  child.stdout?.resume()
  const isUp = () =>
    send({ port, ca, path: '/healthz' }).then(
      ({ status }) => status === 200,
      () => false,
    )
  for (let tries = 0; !(await isUp()); tries += 1) {
    if (tries > 300) throw new Error('pepr does not answer')
    await sleep(100)
  }
  const peer = peerOf(child, port, '/mutate/bench')
  return { ...peer, stop: () => [peer.stop(), standIn.stop()] }
}

function peerOf(child: ChildProcess, port: number, path: string): Peer {
  const { pid } = child
  if (pid === undefined) throw new Error('taskset is missing')
  return { pid, port, path, stop: () => child.kill('SIGKILL') }
}

/** Reads on after it, for a pipe that nobody reads would stop the server. */
async function firstLine(child: ChildProcess, isIt: (line: string) => boolean): Promise<string> {
  if (!child.stdout) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })
  for (;;) {
    const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [undefined])])
    if (line === undefined) throw new Error('a server ended before it listened')
    if (isIt(line)) return line
  }
}

/** The port that a server listens on. */
export function listeningPort(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
