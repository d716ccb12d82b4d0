import type { Answer } from './answer.ts'
import { type Attempts, advance, attemptsLeft, capacity, settle, spend } from './attempts.ts'
import { decideCall, decideNext, type Situation } from './decision.ts'
import { type Ending, isoSeconds } from './ending.ts'
import { showService } from './shown-service.ts'
import type { Task } from './task.ts'

/** The world as one start of the init container needs it. */
export interface World {
  /** Milliseconds since the node's boot: what everything is computed with. */
  readonly monotonicMs: () => number
  /** The wall clock, for people only. */
  readonly wallMs: () => number
  readonly random: () => number
  /** Resolves early when `stop` fires. */
  readonly sleep: (ms: number, stop: AbortSignal) => Promise<void>
  /** Before the first call of this start; where there is no call there is nothing to prepare. */
  readonly prepare: (stop: AbortSignal) => Promise<void>
  /** One call, given up after `timeoutMs` or when `stop` fires. */
  readonly call: (timeoutMs: number, stop: AbortSignal) => Promise<Answer>
  readonly save: (attempts: Attempts) => void
  readonly log: (line: string) => void
}

/**
 * One start: calls and waits until an ending is reached, at the latest when `startTimeoutMs` is over. Throws only what
 * `save` throws, and then before the call: an attempt that cannot be written down is not made.
 */
export async function runStart(
  { task, kept, grantStands, stop }: { task: Task; kept: Attempts; grantStands: boolean; stop: AbortSignal },
  world: World,
): Promise<Ending> {
  const { settings, body } = task
  const { refillMs, callTimeoutMs, startTimeoutMs } = settings
  const { ip } = body
  const untilMs = world.monotonicMs() + startTimeoutMs
  const remainingMs = () => untilMs - world.monotonicMs()
  const at = () => isoSeconds(world.wallMs())
  let attempts = kept
  let retried = false
  let asked = false

  const situation = (): Situation => {
    attempts = advance(attempts, world.monotonicMs())
    return { attempts, settings, ip, grantStands, retried, remainingMs: remainingMs(), random: world.random() }
  }

  while (!stop.aborted) {
    const before = decideCall(situation())
    if (before.do === 'end') return before.ending
    if (before.do === 'wait') {
      world.log(`waiting ${seconds(before.ms)} before asking, because the service asked for a pause`)
      await world.sleep(before.ms, stop)
      continue
    }

    attempts = spend(attempts, { spends: before.spends, refillMs, ip, at: at() })
    world.save(attempts)
    world.log(`asking ${describeCall(task)} (${describeAttempts(attempts, { spends: before.spends, refillMs })})`)
    if (!asked) await world.prepare(stop)
    if (stop.aborted) break
    const askedAtMs = world.monotonicMs()
    asked = true
    const answer = await world.call(Math.max(1, Math.min(callTimeoutMs, remainingMs())), stop)
    if (stop.aborted) break

    world.log(`answered in ${world.monotonicMs() - askedAtMs} ms: ${describeAnswer(answer)}`)
    attempts = settle(advance(attempts, world.monotonicMs()), { answer, spent: before.spends, refillMs, ip, at: at() })
    world.save(attempts)
    const after = decideNext(answer, situation())
    if (after.do === 'end') return after.ending
    world.log(
      `asking again in ${seconds(after.afterMs)}${answer.kind === 'queued' ? '; a place in the queue spends no attempt' : ''}`,
    )
    retried ||= answer.kind === 'unavailable'
    await world.sleep(after.afterMs, stop)
  }
  return { code: 'AuthorizationInterrupted', asked }
}

function describeCall({ settings, body }: Task): string {
  return `${showService(settings)} for ${body.resources.join(', ')} for ${body.application} at ${body.ip}`
}

function describeAttempts(attempts: Attempts, { spends, refillMs }: { spends: boolean; refillMs: number }): string {
  const left = `${attemptsLeft(attempts, refillMs)} of ${capacity} attempts left`
  return spends ? `${left} after this call` : `a grant for this IP is recorded, so this call spends no attempt`
}

function describeAnswer(answer: Answer): string {
  return 'detail' in answer ? `${answer.kind}, ${answer.detail}` : answer.kind
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
