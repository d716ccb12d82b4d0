import type { FailedReason } from '../policy/reasons.ts'

/** The state of one pod: a fold over its journal (transition.ts). */
export interface State {
  /** The current run of the app container; null before the first. */
  readonly boot: string | null
  /** The agent of this run has spoken since the sidecar started: the lock is held by this run and no newer one. */
  readonly agentSpoke: boolean
  /** This run has had traffic. */
  readonly wasOnline: boolean
  readonly deleting: boolean
  /** The sidecar's SIGTERM has come, and the app lives: a restart of the sidecar alone, or a pod whose time is up. */
  readonly stopping: boolean
  /** The sidecar's SIGTERM has come, and the app is gone or going: what was granted is to be taken back. */
  readonly ending: boolean
  readonly switches: Switches
  /** The reload hook; null while nobody asked for it. */
  readonly reload: ReloadStep | null
  /** The debugging session that somebody has opened in this run of the app container, as its own agent tells; null: none. */
  readonly session: Session | null
  /** The IP that is authorized; null when there is none, or it was revoked. */
  readonly grantedIp: string | null
  /** What each announcer was told last, by its name; those that were told nothing are not in it. */
  readonly told: Readonly<Record<string, Told>>
  readonly life: Life
}

export interface Session {
  readonly who: string
  /** When it ends at the latest, milliseconds since the epoch. */
  readonly untilMs: number
}

/** What a registry can be told of the pod. */
export type Announcement = 'online' | 'offline'

/** `telling`: the call is under way, or its end was never written down. */
export interface Told {
  readonly what: Announcement
  readonly how: 'telling' | 'ok' | 'failed'
}

/** What operators have said last; outlives restarts of everything. */
export interface Switches {
  /** null: nobody has said; the pod's settings count. */
  readonly hold: boolean | null
  readonly offline: boolean
}

/** `marker`: healthcheck.html is there and the pod is Ready. `suspect`: the app may live on without its agent. */
export type Life =
  | { readonly phase: 'waiting'; readonly suspect: boolean }
  | { readonly phase: 'starting'; readonly sinceMs: number }
  | { readonly phase: 'warming'; readonly hook: HookStep }
  | { readonly phase: 'verifying'; readonly hook: HookStep }
  | { readonly phase: 'online'; readonly marker: boolean }
  | { readonly phase: 'isolated' }
  | { readonly phase: 'draining'; readonly sinceMs: number; readonly hook: HookStep | 'not-yet' }
  | { readonly phase: 'offline'; readonly released: boolean }
  | { readonly phase: 'failed'; readonly reason: FailedReason; readonly detail: string }
  | { readonly phase: 'terminated' }

/** Due: to be sent to the agent. Requested: sent; its exit will be an event. */
export type HookStep = 'due' | 'requested'

/** `again`: asked for once more while it runs, so that the last change is not missed. */
export type ReloadStep = HookStep | 'again'

export const initialState: State = {
  boot: null,
  agentSpoke: false,
  wasOnline: false,
  deleting: false,
  stopping: false,
  ending: false,
  switches: { hold: null, offline: false },
  reload: null,
  session: null,
  grantedIp: null,
  told: {},
  life: { phase: 'waiting', suspect: false },
}
