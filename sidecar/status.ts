import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type FailedReason, reasons } from '../policy/reasons.ts'
import type { HookName, PodSettings } from '../policy/settings.ts'
import { untoldAnnouncers } from './announcement.ts'
import { isWithheld } from './effect.ts'
import { hookLimitSeconds } from './hook-limit.ts'
import type { Life, Session, State } from './state.ts'

type Settings = Pick<PodSettings, 'hooks' | 'hold'>

/** The state in one line of words, as `/status` and the readiness probe answer it: phase, reason, what happened, what to do. */
export function describe(state: State, settings: Settings): string {
  const { life, deleting, session } = state
  if (life.phase === 'failed') return describeFailure(life, settings)
  const phase = isHeldBack(state, settings) ? describeWithheld(state) : life.phase
  const untold = untoldAnnouncers(state)
  const notes = [
    ...(session ? [describeSession(session)] : []),
    ...(untold.length > 0 ? [`${untold.join(', ')} could not be told`] : []),
    ...(deleting && life.phase !== 'terminated' ? ['the pod is being deleted'] : []),
  ]
  return notes.length > 0 ? `${phase} (${notes.join('; ')})` : phase
}

/** Whether the pod goes on only when somebody does something. */
export const isStuck = (state: State, settings: Settings): boolean =>
  state.life.phase === 'failed' || isHeldBack(state, settings)

const isHeldBack = (state: State, { hold }: Settings) =>
  state.life.phase === 'online' && !state.life.marker && isWithheld(state, hold)

const describeSession = ({ who, untilMs }: Session) =>
  `debugged by ${who} until ${new Date(untilMs).toISOString().replace(/\.\d+Z$/, 'Z')} at the latest`

function describeWithheld({ switches }: State): string {
  return switches.offline
    ? 'held: an operator took it offline; bring-online gives it traffic'
    : 'held: it is warm and waits for release'
}

/** Failures whose detail ends in a limit, which the journal does not have. */
const limits: Partial<Record<FailedReason, HookName>> = { PreOnlineTimeout: 'preOnline', VerifyTimeout: 'verify' }

function describeFailure({ reason, detail }: Extract<Life, { phase: 'failed' }>, { hooks }: Settings): string {
  const name = limits[reason]
  const limit = name ? ` of ${hookLimitSeconds(hooks[name])} s` : ''
  return `failed ${reason}: ${detail}${limit}. ${reasons[reason].remedy}`
}

/** What was written last, also by a process before this one; empty where nothing was. */
export function readStatus(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch {
    return '' // The first process of this pod.
  }
}

/** Throws where the disk is full, for one. */
export function writeStatus(path: string, line: string): void {
  writeFileSync(`${path}.next`, `${line}\n`)
  renameSync(`${path}.next`, path)
}
