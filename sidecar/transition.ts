import type { FailedReason } from '../policy/reasons.ts'
import { type Event, type LifeEvent, noBoot } from './event.ts'
import { initialState, type Life, type ReloadStep, type State } from './state.ts'

/**
 * The next state. Pure; an event that means nothing in a state leaves it as it is.
 *
 * | event | in | leads to |
 * |---|---|---|
 * | authorized | any other | a new life: waiting; operators' switches stay |
 * | authorized | ending, terminated | ending (revoke): it came too late, for a new life begins with the sidecar's |
 * | sidecar-started | ending, terminated | a new life: waiting; operators' switches stay |
 * | sidecar-started | any other | the same phase (isolated, too), without marker; hooks asked for are asked for again, as is the release |
 * | decider-exited | any | the same phase; hooks asked for are asked for again, the preStop is released again |
 * | pre-start-exited | waiting, starting, failed, offline without a boot | failed |
 * | started, new boot | any | starting |
 * | started, same boot | any | the same phase, agent heard |
 * | exited | any | waiting; a failed preStart stays |
 * | checkurl-ok, checkurl-gave-up | starting | warming, failed |
 * | hook-exited preOnline | warming | verifying if 0 or absent, else failed |
 * | hook-exited verify | verifying | online (without marker) if 0 or absent, else failed |
 * | online | online | online with marker |
 * | unhealthy | online | isolated |
 * | healthy | isolated | online (without marker): preOnline does not run again |
 * | hold, release, take-offline, bring-online | any | the same phase; the switch |
 * | take-offline | online | online without marker |
 * | bring-online | failed, where it may help | starting |
 * | reload, hook-exited reload | any | the same phase |
 * | debug-opened, debug-closed | any | the same phase; the session, which ends with its run |
 * | deleting | any | the same phase, without marker |
 * | offline-stop | any | draining if it had traffic, else offline |
 * | drained | draining | postOffline due |
 * | hook-exited postOffline | draining | offline |
 * | released | offline | offline; waiting without a boot, unless the pod is deleted |
 * | agent-lost | waiting, online, isolated | failed |
 * | terminating | any | ending (revoke), if the app is gone or was told to stop; else stopping: without marker |
 * | exited, offline-stop | stopping | ending |
 * | revoked, revoke-failed | ending | terminated |
 * | announcing, announced | any | the same phase; what the announcer was told |
 * | announced offline | draining, before its end | the same phase; the drain begins anew |
 */
export function transition(state: State, event: Event): State {
  if (event.type === 'snapshot') return event.state
  if (event.type === 'authorized') {
    return state.ending || state.life.phase === 'terminated' ? grantedLate(state, event.ip) : newLife(state, event.ip)
  }
  if (event.type === 'sidecar-started' && (state.ending || state.life.phase === 'terminated')) {
    return newLife(state, state.grantedIp)
  }
  if (event.type === 'announcing' || event.type === 'announced') return announce(state, event)
  if (state.life.phase === 'terminated') return state
  if (isOfAnotherRun(state, event)) return state

  if (endsToo(state, event)) return { ...transition({ ...state, stopping: false }, event), ending: true }

  switch (event.type) {
    case 'sidecar-started':
      return askAgain({
        ...state,
        deleting: false,
        stopping: false,
        agentSpoke: false,
        life: releaseAgain(withoutMarker(state.life)),
      })
    case 'started':
      return event.boot === state.boot
        ? askAgain({ ...state, agentSpoke: true })
        : {
            ...state,
            boot: event.boot,
            agentSpoke: true,
            wasOnline: false,
            reload: null,
            session: null,
            life: { phase: 'starting', sinceMs: event.at },
          }
    case 'exited':
      return { ...state, wasOnline: false, reload: null, session: null, life: exited(state) }
    case 'pre-start-exited':
      return { ...state, life: preStartExited(state, event.code) }
    case 'online':
      return state.life.phase === 'online'
        ? { ...state, wasOnline: true, life: { phase: 'online', marker: true } }
        : state
    case 'hold':
      return { ...state, switches: { ...state.switches, hold: true } }
    case 'release':
      return { ...state, switches: { ...state.switches, hold: false } }
    case 'take-offline':
      return { ...state, switches: { ...state.switches, offline: true }, life: withoutMarker(state.life) }
    case 'bring-online':
      return { ...state, switches: { hold: false, offline: false }, life: tryAgain(state, event.at) }
    case 'decider-exited':
      return askAgain({ ...state, life: releaseAgain(state.life) })
    case 'reload':
      return { ...state, reload: state.reload === null || state.reload === 'due' ? 'due' : 'again' }
    case 'debug-opened':
      return { ...state, session: { who: event.who, untilMs: event.at + event.seconds * 1000 } }
    case 'debug-closed':
      return { ...state, session: null }
    case 'deleting':
      return { ...state, deleting: true, life: withoutMarker(state.life) }
    case 'terminating':
      return end(state, event.app)
    case 'revoked':
      return state.ending ? { ...state, grantedIp: null, life: { phase: 'terminated' } } : state
    case 'revoke-failed':
      return state.ending ? { ...state, life: { phase: 'terminated' } } : state
    default:
      return { ...state, reload: nextReload(state.reload, event), life: nextLife(state, event) }
  }
}

/** The events that move nothing but the phase. */
function nextLife({ boot, deleting, life, wasOnline }: State, event: Event & LifeEvent): Life {
  switch (event.type) {
    case 'checkurl-ok':
      return life.phase === 'starting' ? { phase: 'warming', hook: 'due' } : life
    case 'checkurl-gave-up':
      return life.phase === 'starting' ? { phase: 'failed', reason: 'CheckurlTimeout', detail: event.detail } : life
    case 'hook-requested':
      return hookRequested(life, event.name)
    case 'hook-exited':
      return hookExited(life, event.name, event.code)
    case 'unhealthy':
      return life.phase === 'online' ? { phase: 'isolated' } : life
    case 'healthy':
      return life.phase === 'isolated' ? { phase: 'online', marker: false } : life
    case 'offline-stop':
      if (life.phase === 'draining') return life
      return wasOnline
        ? { phase: 'draining', sinceMs: event.at, hook: 'not-yet' }
        : { phase: 'offline', released: false }
    case 'drained':
      return life.phase === 'draining' && life.hook === 'not-yet' ? { ...life, hook: 'due' } : life
    case 'released':
      if (life.phase !== 'offline') return life
      // There was no app yet, and there will be one: its container was stopped before it had begun.
      return boot === null && !deleting ? { phase: 'waiting', suspect: false } : { phase: 'offline', released: true }
    case 'app-gone':
      return life.phase === 'waiting' ? { phase: 'waiting', suspect: false } : life
    case 'agent-lost':
      return life.phase === 'waiting' || life.phase === 'online' || life.phase === 'isolated'
        ? { phase: 'failed', reason: 'AgentLost', detail: 'no agent answers for the app container' }
        : life
    default:
      event satisfies never
      return life
  }
}

// A registry remembers what it was told, whatever becomes of the pod's sandbox.
function newLife({ switches, told }: State, grantedIp: string | null): State {
  return { ...initialState, switches, grantedIp, told }
}

/** The pod goes while the init container hears that it may stay. */
function grantedLate(state: State, grantedIp: string): State {
  const life: Life = state.life.phase === 'terminated' ? { phase: 'waiting', suspect: false } : state.life
  return { ...state, ending: true, grantedIp, life }
}

type AnnouncerEvent = Extract<Event, { type: 'announcing' | 'announced' }>

/** Also after the end: the last of a pod may be that it is offline. The time that this takes is not the drain's. */
function announce(state: State, event: AnnouncerEvent): State {
  const { life } = state
  const how = event.type === 'announcing' ? 'telling' : event.ok ? 'ok' : 'failed'
  const told = { ...state.told, [event.name]: { what: event.what, how } } as const
  const isDrainAhead = life.phase === 'draining' && life.hook === 'not-yet' && event.what === 'offline'
  return { ...state, told, life: isDrainAhead ? { ...life, sinceMs: event.at } : life }
}

function isOfAnotherRun({ boot }: State, event: Event): boolean {
  return 'boot' in event && event.type !== 'started' && event.boot !== (boot ?? noBoot)
}

function withoutMarker(life: Life): Life {
  return life.phase === 'online' ? { phase: 'online', marker: false } : life
}

// The agent drops what it is running already, so asking twice is safe and asking too seldom would wait for ever.
function askAgain(state: State): State {
  const { life, reload } = state
  return {
    ...state,
    reload: reload === null ? null : 'due',
    life: 'hook' in life && life.hook === 'requested' ? { ...life, hook: 'due' } : life,
  }
}

// It is noted before it is done: a crash in between must not keep the app's preStop waiting. Twice does no harm.
function releaseAgain(life: Life): Life {
  return life.phase === 'offline' ? { phase: 'offline', released: false } : life
}

/** The run's end says less than why its preStart failed, which came before it. */
function exited({ life, deleting }: State): Life {
  return life.phase === 'failed' && preStartReasons.includes(life.reason)
    ? life
    : { phase: 'waiting', suspect: !deleting }
}

const preStartReasons: readonly FailedReason[] = ['PreStartFailed', 'PreStartTimeout']

/** Said only of a preStart that kept its app from starting; an app that is online cannot say it of itself. */
function preStartExited({ boot, life }: State, code: string): Life {
  const couldBeSo = ['waiting', 'starting', 'failed', 'offline'].includes(life.phase)
  if (!couldBeSo || (life.phase === 'offline' && boot !== null)) return life
  return code === 'timeout'
    ? { phase: 'failed', reason: 'PreStartTimeout', detail: 'preStart was ended at its time limit' }
    : { phase: 'failed', reason: 'PreStartFailed', detail: `preStart exited with ${code}` }
}

/** What another try may mend while the same app runs. */
const retriedReasons: readonly FailedReason[] = [
  'CheckurlTimeout',
  'PreOnlineFailed',
  'PreOnlineTimeout',
  'VerifyFailed',
  'VerifyTimeout',
]

function tryAgain({ boot, life, deleting }: State, at: number): Life {
  const isRetried = life.phase === 'failed' && retriedReasons.includes(life.reason)
  return isRetried && boot !== null && !deleting ? { phase: 'starting', sinceMs: at } : life
}

function nextReload(reload: ReloadStep | null, event: Event & LifeEvent): ReloadStep | null {
  if (reload === null || !('name' in event) || event.name !== 'reload') return reload
  if (event.type === 'hook-requested') return reload === 'due' ? 'requested' : reload
  return reload === 'again' ? 'due' : null
}

function hookRequested(life: Life, name: string): Life {
  if (life.phase === 'warming' && name === 'preOnline') return { phase: 'warming', hook: 'requested' }
  if (life.phase === 'verifying' && name === 'verify') return { phase: 'verifying', hook: 'requested' }
  if (life.phase === 'draining' && name === 'postOffline') return { ...life, hook: 'requested' }
  return life
}

/** The hooks between an app that answers and its traffic: where each runs, what follows, and what it is called if it fails. */
const gates = {
  warming: {
    hook: 'preOnline',
    next: { phase: 'verifying', hook: 'due' },
    failed: 'PreOnlineFailed',
    timedOut: 'PreOnlineTimeout',
  },
  verifying: {
    hook: 'verify',
    next: { phase: 'online', marker: false },
    failed: 'VerifyFailed',
    timedOut: 'VerifyTimeout',
  },
} as const

function hookExited(life: Life, name: string, code: string): Life {
  if (life.phase === 'draining' && name === 'postOffline') return { phase: 'offline', released: false }
  if (life.phase !== 'warming' && life.phase !== 'verifying') return life
  const { hook, next, failed, timedOut } = gates[life.phase]
  if (name !== hook) return life
  if (isPassed(code)) return next
  return code === 'timeout'
    ? { phase: 'failed', reason: timedOut, detail: `${hook} was killed at its limit` }
    : { phase: 'failed', reason: failed, detail: `${hook} exited with ${code}${meaningOf(code)}` }
}

/** What shells mean by a code: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
function meaningOf(code: string): string {
  if (code === '126')
    return ': its file, or a program that it runs, is not executable (chmod +x; of a ConfigMap, defaultMode 0555)'
  if (code === '127') return ': its file, the interpreter of its #! line, or a program that it runs is not in the image'
  return ''
}

/** By convention, a hook that the image does not have has passed. */
const isPassed = (code: string) => code === '0' || code === 'absent'

/**
 * The end of the pod, where what was granted is taken back, also where no grant is known: a call that was given up may have
 * been granted all the same. The kubelet ends the sidecar after the app, or when the grace period is over and the app was told
 * to stop. With an app that is alive and was not, it is the sidecar alone that is restarted (its image was changed), and
 * its preStop has run for that; but the app may be gone in a moment.
 */
function end(state: State, app: 'alive' | 'gone'): State {
  const off = { ...state, life: withoutMarker(state.life) }
  const wasToldToStop = state.life.phase === 'draining' || state.life.phase === 'offline'
  return app === 'gone' || (state.deleting && wasToldToStop) ? { ...off, ending: true } : { ...off, stopping: true }
}

/** The sidecar has got its SIGTERM: whatever says that the app goes too makes it the pod's end. */
const endsToo = ({ stopping, deleting }: State, event: Event) =>
  stopping && (event.type === 'exited' || (event.type === 'offline-stop' && deleting))
