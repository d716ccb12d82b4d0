import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { agent, filesByRuntime, nodeLabel, publishedFolder } from '../../../policy/lxcfs/files.ts'
import { lastLine } from '../../last-line.ts'
import { clusterFolder } from './cluster-folder.ts'
import { kubectl } from './kubectl.ts'
import { ordersPod, type Pod, type PodChange } from './pod.ts'
import { processesOf } from './processes.ts'
import { untilTrue } from './until-true.ts'

const cluster = join(import.meta.dirname, '..')
const manifests = join(cluster, '../../manifests/lxcfs')

export const node = 'node'
export const lxcfsFiles = filesByRuntime.runc
const selector = `${agent.label}=${agent.value}`

/** The archives of the agent's image and of proc-tools:1. What is not in the cache is built, for which it takes a network. */
export const buildLxcfs = (): string[] =>
  [['../../image/build', 'lxcfs'], ['proc-tools/build']].map(([program = '', ...words]) =>
    lastLine(execFileSync(join(cluster, program), words, { encoding: 'utf8' })),
  )

/** There are machines, virtual ones among them, whose kernel has no FUSE: nothing of lxcfs can run there. */
export function skipWithoutFuse(t: Pick<Test, 'plan'>): void {
  if (existsSync('/dev/fuse')) return
  t.plan(0, 'this machine has no /dev/fuse')
  process.exit()
}

/** Puts these images into the cluster. */
export const importLxcfs = (): void => void execFileSync(join(cluster, 'import'), buildLxcfs())

/** As users install it; resolves once the agent shows its files. */
export async function installLxcfs(): Promise<void> {
  await kubectl('apply', '-k', manifests)
  await agentsRolledOut()
}

export async function agentsRolledOut(): Promise<void> {
  await kubectl('rollout', 'status', '-n', agent.namespace, 'daemonset/greenroom-lxcfs', '--timeout=120s')
}

/** The agents are gone; what they have published stays. */
export async function deleteAgents(): Promise<void> {
  await kubectl('delete', 'daemonset', '-n', agent.namespace, 'greenroom-lxcfs', '--ignore-not-found')
  await kubectl('wait', 'pod', '-n', agent.namespace, '-l', selector, '--for=delete', '--timeout=60s')
}

/** Takes away what agents before have left on the node, as its next start would. */
export function forgetPublished(): void {
  const [pid] = readFileSync(`${clusterFolder}/pids/namespaces`, 'utf8').split(' ')
  const script = `
    while grep -q ' ${publishedFolder}/' /proc/self/mountinfo; do
      sed -n 's|.* \\(${publishedFolder}/[^ ]*\\) .*|\\1|p' /proc/self/mountinfo | while read -r place; do umount -l "$place"; done
    done
    rm -rf ${publishedFolder}/*`
  execFileSync('nsenter', [`--mount=/proc/${pid}/ns/mnt`, 'sh', '-euc', script])
}

/** As users take it off. */
export async function removeLxcfs(): Promise<void> {
  await deleteAgents()
  await kubectl('delete', '-k', manifests, '--ignore-not-found')
  await labelNode('-')
}

/** `=true`, or `-` for none. */
export const labelNode = (text: string) => kubectl('label', 'node', node, `${nodeLabel}${text}`, '--overwrite')

export async function agentPod(): Promise<Pod> {
  const list = await kubectl('get', 'pods', '-n', agent.namespace, '-l', selector, '-o', 'json')
  const pods: Pod[] = JSON.parse(list).items
  const pod = pods.find(({ metadata }) => !metadata.deletionTimestamp)
  if (!pod) throw new Error('there is no agent')
  return pod
}

/** The process of the lxcfs that pods see; undefined while they see the node. */
export function shownLxcfs(agent: Pod): number | undefined {
  const [process] = processesOf(agent, 'agent')
  const running = `/proc/${process?.pid}/root/private/running`
  const pid = existsSync(running) ? Number(readFileSync(running, 'utf8').split(' ')[0]) : undefined
  // One that has just ended is named until the next one is shown.
  return pid !== undefined && existsSync(`/proc/${pid}/exe`) ? pid : undefined
}

/** What the agent's container lives by: its parent is the runtime's. Numbers may have begun anew, so the lowest says nothing. */
export function agentProcess(agent: Pod): number {
  const all = processesOf(agent, 'agent').map(({ pid }) => pid)
  const parentOf = (pid: number) => Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  const first = all.find((pid) => !all.includes(parentOf(pid)))
  if (first === undefined) throw new Error('nobody lives in the agent')
  return first
}

/** Ends it, or stops it; with the time at which that was done. */
export function signalLxcfs(agent: Pod, signal: 'SIGKILL' | 'SIGSTOP'): number {
  const pid = shownLxcfs(agent)
  if (pid === undefined) throw new Error('no lxcfs is shown')
  const at = Date.now()
  process.kill(pid, signal)
  return at
}

/** One is shown, another one is there, and somebody waits to show it. */
export async function untilInReserve(agent: Pod): Promise<void> {
  const isWaiting = () =>
    shownLxcfs(agent) !== undefined &&
    processesOf(agent, 'agent').some(({ command }) => /layer --after \d+ \S+ \S+lxcfs-/.test(command))
  if ((await untilTrue(isWaiting, Date.now() + 30_000, 50)) === null) throw new Error('no lxcfs in reserve within 30 s')
}

/** What its container without privileges tells. */
export const readAgentMetrics = async ({ status }: Pod): Promise<string> =>
  (await fetch(`http://${status.podIP}:9780/cgi-bin/metrics`)).text()

/** What the reader (proc-tools/main.go) tells of one file. */
export interface FileReport {
  readonly path: string
  /** Reads by verdict: `right`, `wrong`, or the error. */
  readonly counts: Readonly<Record<string, number>>
  readonly outages: readonly Outage[]
  readonly isOut: boolean
  readonly slowestMs: number
}

export interface Outage {
  /** Milliseconds since the epoch. */
  readonly beganMs: number
  readonly ms: number
  /** As long as there were errors. */
  readonly failedMs: number
}

export const readReports = async ({ status }: Pod): Promise<FileReport[]> =>
  (await (await fetch(`http://${status.podIP}:8080/report`)).json()) as FileReport[]

interface Reader {
  readonly cpus?: number
  readonly memoryMiB?: number
  readonly everyMs?: number
  /** Without: it is not limited. */
  readonly isLimited?: boolean
  readonly mode?: string
  readonly change?: PodChange
}

/** An injected pod that reads every file all the time, and knows what is right. */
export function readerPod(name: string, reader: Reader = {}) {
  const { cpus = 1, memoryMiB = 256, everyMs = 5, isLimited = true, mode = 'require', change = {} } = reader
  const limits = { cpu: String(cpus), memory: `${memoryMiB}Mi` }
  return ordersPod(name, {
    ...change,
    labels: { app: 'reader', ...change.labels },
    annotations: {
      'greenroom.dev/lxcfs': mode,
      'greenroom.dev/drain': 'min=0s,max=1s,quiet=0s',
      ...change.annotations,
    },
    env: { CPUS: String(cpus), MEMORY_KB: String(memoryMiB * 1024), EVERY_MS: String(everyMs), ...change.env },
    container: {
      image: 'proc-tools:1',
      command: ['/reader'],
      resources: { requests: { cpu: '5m', memory: '16Mi' }, ...(isLimited && { limits }) },
      ...change.container,
    },
  })
}
