/**
 * Main of the init container `greenroom-authorize`: asks for the pod's authorizations before anything of the app runs.
 *
 *     node authorize.ts RUN TERMINATION_MESSAGE
 *
 * RUN is the run folder (attempts and journal), TERMINATION_MESSAGE the file that the kubelet shows in the pod's status.
 * Environment: `GREENROOM_SETTINGS` and the pod's identity. Standard output is what people see in
 * `kubectl logs -c greenroom-authorize`. Ends with 0 where the pod may start; else the kubelet restarts it, with its
 * growing back-off, and what was spent or refused before still counts.
 */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { bearer, env } from '../policy/names.ts'
import { readAttempts, writeAttempts } from './attempts-file.ts'
import { readBearer } from './bearer-file.ts'
import { type AuthorizationCall, type Revocation, requestAuthorization, revokeAuthorization } from './client.ts'
import { describeEnding, type Ending, exitCodes, failedExitCode, misconfiguredExitCode } from './ending.ts'
import { announceAuthorized, readStandingGrant } from './journal.ts'
import { runStart, type World } from './start.ts'
import { readTask, type Task } from './task.ts'

/** The pod is going and its grace period may be short; a hard eviction leaves about a second. */
const revokeTimeoutMs = 1500

async function main(): Promise<number> {
  const stop = new AbortController()
  // First of all: process 1 of a container gets no signal that it has no handler for.
  process.on('SIGTERM', () => stop.abort())

  const [run, messageFile] = process.argv.slice(2)
  if (!run || !messageFile) {
    log('usage: authorize RUN TERMINATION_MESSAGE')
    return misconfiguredExitCode
  }
  const reading = readTask(process.env)
  if (reading.kind === 'nothing') {
    log('nothing to authorize')
    return 0
  }
  if (reading.kind === 'malformed') {
    report(messageFile, `AuthorizationMisconfigured: ${reading.detail}.`)
    return misconfiguredExitCode
  }
  try {
    return await authorize(reading.task, { run, messageFile, stop: stop.signal })
  } catch (error) {
    // The run folder cannot be read or written. Without it nothing is counted, so nothing is asked.
    report(
      messageFile,
      `AuthorizationFailed: ${error instanceof Error ? error.message : error}; every restart tries again.`,
    )
    return failedExitCode
  }
}

async function authorize(
  task: Task,
  { run, messageFile, stop }: { run: string; messageFile: string; stop: AbortSignal },
): Promise<number> {
  const access = readAccess(task)
  if (access.kind === 'missing') {
    report(messageFile, `AuthorizationMisconfigured: ${access.detail}.`)
    return misconfiguredExitCode
  }
  const { ip } = task.body
  const kept = readAttempts(run, { nowMs: monotonicMs(), refillMs: task.settings.refillMs })
  // A start that died in its call may have taken the grant back (below), so that one has to be asked for again.
  const granted = readStandingGrant(run)
  const grantStands = granted === ip && kept.last?.kind !== 'unanswered'
  const ending = await runStart({ task, kept, grantStands, stop }, worldOf(task, { run, granted }))
  const isGranted = ending.code === 'AuthorizationGranted' || ending.code === 'AuthorizationStands'
  if (isGranted && !(await announceAuthorized(run, ip))) log('warning: no sidecar has heard of the grant')
  const message = describeEnding(ending, task, Date.now())
  const isDoubtful = ending.code === 'AuthorizationStands' || ending.code === 'AuthorizationSkipped'
  report(messageFile, message, isDoubtful ? 'warning: ' : '')
  await takeBack(ending, task)
  return exitCodes[ending.code]
}

const tokenFile = process.env[env.tokenFile] ?? `${bearer.mountPath}/${bearer.file}`

type Access = ReturnType<typeof readBearer> | { readonly kind: 'free' }

/** What the service wants to see, as it is now; `free` where it wants nothing. */
function readAccess({ settings }: Task): Access {
  return settings.token ? readBearer(tokenFile) : { kind: 'free' }
}

type Limits = Pick<AuthorizationCall, 'timeoutMs' | 'signal'>

/** One call about the task's pod, with the token as it is at that moment. */
async function callAs<Result>(
  task: Task,
  limits: Limits,
  call: (call: AuthorizationCall) => Promise<Result>,
): Promise<Result | { readonly kind: 'unavailable'; readonly detail: string }> {
  const { settings, podUid, body } = task
  const access = readAccess(task)
  if (access.kind === 'missing') return { kind: 'unavailable', detail: access.detail }
  const service = access.kind === 'bearer' ? { ...settings, bearer: access.bearer } : settings
  return call({ service, podUid, body, ...limits })
}

/** A pod that goes away while its call is under way will never use what the call may still grant. */
async function takeBack(ending: Ending, task: Task): Promise<void> {
  if (ending.code !== 'AuthorizationInterrupted' || !ending.asked) return
  const revocation = await callAs(task, { timeoutMs: revokeTimeoutMs }, revokeAuthorization)
  log(`what the call may have granted: ${describeRevocation(revocation)}`)
}

/**
 * Another API may know a grant by its address: that of an earlier sandbox is somebody else's soon. With our contract the
 * call replaces it, and a DELETE that came late would undo the new one.
 */
async function takeOldBack(task: Task, granted: string | null, signal: AbortSignal): Promise<void> {
  const { settings, body } = task
  if (!settings.requests || granted === null || granted === body.ip) return
  const old = { ...task, body: { ...body, ip: granted, ips: [granted] } }
  const revocation = await callAs(old, { timeoutMs: revokeTimeoutMs, signal }, revokeAuthorization)
  log(`what was granted to ${granted} before: ${describeRevocation(revocation)}`)
}

const describeRevocation = (revocation: Revocation) =>
  'detail' in revocation ? `${revocation.kind}, ${revocation.detail}` : revocation.kind

/** `granted` is the address that the journal has a grant for, or null. */
function worldOf(task: Task, { run, granted }: { run: string; granted: string | null }): World {
  return {
    monotonicMs,
    wallMs: Date.now,
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}), // Aborted: the loop looks at the signal.
    prepare: (signal) => takeOldBack(task, granted, signal),
    call: (timeoutMs, signal) => callAs(task, { timeoutMs, signal }, requestAuthorization),
    save: (attempts) => writeAttempts(run, attempts),
    log,
  }
}

/**
 * CLOCK_MONOTONIC: since the node's boot, the same in every container. Not os.uptime(), which reads /proc/uptime, and that
 * may be a container's own (lxcfs).
 */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}

function report(messageFile: string, message: string, prefix = ''): void {
  log(`${prefix}${message}`)
  try {
    // In place: the kubelet mounts this very file, a rename over it would fail.
    writeFileSync(messageFile, message)
  } catch (error) {
    log(`warning: the termination message could not be written: ${error instanceof Error ? error.message : error}`)
  }
}

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`)
}

// Not process.exitCode: a connection that is still being torn down must not keep a decided pod waiting.
main().then((code) => process.exit(code))
