import type { HookName } from '../policy/settings.ts'
import type { Announcement, State } from './state.ts'

/** What operators say to the sidecar, through a FIFO that the app does not have. */
export type SwitchWord = 'hold' | 'release' | 'take-offline' | 'bring-online'

/** Events that move the phase and nothing else. */
export type LifeEvent =
  | { readonly type: 'checkurl-ok'; readonly boot: string }
  | { readonly type: 'checkurl-gave-up'; readonly boot: string; readonly detail: string }
  | { readonly type: 'hook-requested'; readonly boot: string; readonly name: HookName }
  | { readonly type: 'hook-exited'; readonly boot: string; readonly name: string; readonly code: string }
  | { readonly type: 'offline-stop' }
  | { readonly type: 'drained'; readonly boot: string; readonly detail: string }
  | { readonly type: 'released'; readonly boot: string }
  | { readonly type: 'app-gone'; readonly boot: string }
  | { readonly type: 'agent-lost'; readonly boot: string }
  | { readonly type: 'unhealthy' | 'healthy' }

/** Events that change what is known of the pod. */
type PodEvent =
  | { readonly type: 'snapshot'; readonly state: State }
  | { readonly type: 'authorized'; readonly ip: string }
  | { readonly type: 'sidecar-started' }
  | { readonly type: SwitchWord | 'reload' | 'decider-exited' }
  | { readonly type: 'pre-start-exited'; readonly code: string }
  | { readonly type: 'started'; readonly boot: string }
  | { readonly type: 'exited'; readonly boot: string }
  | { readonly type: 'online' }
  | { readonly type: 'debug-opened'; readonly who: string; readonly seconds: number }
  | { readonly type: 'debug-closed' }
  | { readonly type: 'deleting' }
  | { readonly type: 'terminating'; readonly app: 'alive' | 'gone' }
  | { readonly type: 'announcing'; readonly what: Announcement; readonly name: string }
  | { readonly type: 'announced'; readonly what: Announcement; readonly name: string; readonly ok: boolean }
  | { readonly type: 'revoked'; readonly detail: string }
  | { readonly type: 'revoke-failed'; readonly detail: string }

/**
 * One line of the journal: what happened, in the order in which the resident wrote it down. `at` is in milliseconds since
 * the epoch. `boot` names one run of the app container; a note about another run than the current one changes nothing.
 */
export type Event = { readonly at: number } & (LifeEvent | PodEvent)

/** Stands for the run of an app container that has not started yet. */
export const noBoot = '-'
