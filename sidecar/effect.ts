import type { HookName } from '../policy/settings.ts'
import { noBoot } from './event.ts'
import type { Announcement, State } from './state.ts'

/**
 * The one thing to do in a state. Each ends in a line of the journal that moves the state on, and each may be done again
 * after a crash. `lingerMs`: how long it pays to stay for an event that is about to come before the process exits.
 */
export type Effect =
  | { readonly type: 'rest'; readonly lingerMs: number }
  | { readonly type: 'poll-checkurl'; readonly boot: string; readonly sinceMs: number }
  | {
      readonly type: 'request-hook'
      readonly boot: string
      readonly name: HookName
      readonly reason: 'start' | 'delete' | 'restart' | 'operator'
    }
  | { readonly type: 'greet-agent'; readonly boot: string }
  | { readonly type: 'go-online'; readonly boot: string }
  | { readonly type: 'look-for-agent'; readonly boot: string }
  | { readonly type: 'drain'; readonly boot: string; readonly sinceMs: number; readonly deleting: boolean }
  | { readonly type: 'release-pre-stop'; readonly boot: string }
  /** `ip` is the one that is granted; null where none is known to be. */
  | { readonly type: 'revoke'; readonly ip: string | null }
  | { readonly type: 'announce'; readonly what: Announcement; readonly name: string }

const rest: Effect = { type: 'rest', lingerMs: 0 }
/** A new pod's app is started about now; a start of our own would cost it more than staying. */
const restForStart: Effect = { type: 'rest', lingerMs: 3000 }
/** Most hooks are short; the long ones are waited for by the shell alone. */
const restForHook: Effect = { type: 'rest', lingerMs: 1000 }

/** A grace period that is over ends all containers within moments. */
const restForEnd: Effect = { type: 'rest', lingerMs: 1500 }

/** @param hold whether the pod's settings have it come up without traffic. */
export function nextEffect(state: State, { hold }: { readonly hold: boolean }): Effect {
  const { boot, life, agentSpoke, deleting, stopping, ending } = state
  if (life.phase === 'terminated') return rest
  if (ending) return { type: 'revoke', ip: state.grantedIp }
  if (stopping) return restForEnd
  if (life.phase === 'offline') return life.released ? rest : { type: 'release-pre-stop', boot: boot ?? noBoot }
  if (boot === null) return restForStart

  switch (life.phase) {
    case 'waiting':
      return life.suspect ? { type: 'look-for-agent', boot } : rest
    case 'starting':
      return deleting ? rest : { type: 'poll-checkurl', boot, sinceMs: life.sinceMs }
    case 'warming':
    case 'verifying': {
      if (life.hook === 'requested') return restForHook
      const name = life.phase === 'warming' ? 'preOnline' : 'verify'
      return deleting ? rest : { type: 'request-hook', boot, name, reason: 'start' }
    }
    case 'online':
      if (deleting) return rest
      if (life.marker || isWithheld(state, hold)) return reloadOrRest(state, boot)
      return agentSpoke ? { type: 'go-online', boot } : { type: 'greet-agent', boot }
    case 'isolated':
      return deleting ? rest : reloadOrRest(state, boot)
    case 'draining':
      if (life.hook === 'requested') return restForHook
      if (life.hook === 'due') {
        return { type: 'request-hook', boot, name: 'postOffline', reason: deleting ? 'delete' : 'restart' }
      }
      return { type: 'drain', boot, sinceMs: life.sinceMs, deleting }
    case 'failed':
      return rest
    default:
      life satisfies never
      return rest
  }
}

/** A pod that is warm and gets no traffic, because somebody said so: the last word of operators, else the settings. */
export function isWithheld({ switches }: State, hold: boolean): boolean {
  return switches.offline || (switches.hold ?? hold)
}

function reloadOrRest({ reload, agentSpoke }: State, boot: string): Effect {
  if (reload !== 'due') return rest
  return agentSpoke ? { type: 'request-hook', boot, name: 'reload', reason: 'operator' } : { type: 'greet-agent', boot }
}
