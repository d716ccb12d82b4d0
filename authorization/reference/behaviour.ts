import { isRecord, isText } from '../../policy/json.ts'
import { type Limits, parseLimits } from './limits.ts'
import { type Malformed, malformed } from './malformed.ts'

/**
 * What the server is told to do with calls, so that clients can be tested against a service in any state.
 * The limits are about all calls that change grants; what is here is about those that it picks out.
 */
export interface Behaviour extends Limits {
  readonly mode: Mode
  /** Only the first so many calls of each pod since it was told; later ones are served. Absent: all of them. */
  readonly times?: number
  readonly retryAfterSeconds: number
  /** Only calls for this application. Absent: for all. */
  readonly application?: string
  /** Which calls misbehave; the others are served. Absent: those that ask, be it for one pod or for many. */
  readonly method?: Method
}

export const modes = ['grant', 'refuse', 'fail', 'throttle', 'queue', 'hang'] as const
export type Mode = (typeof modes)[number]

const methods = ['PUT', 'POST', 'DELETE'] as const
type Method = (typeof methods)[number]

export const wellBehaved: Behaviour = { mode: 'grant', retryAfterSeconds: 1 }

export type BehaviourReading = { readonly kind: 'behaviour'; readonly behaviour: Behaviour } | Malformed

export const behaviourKeys = [
  'mode',
  'times',
  'retryAfterSeconds',
  'application',
  'method',
  'capacity',
  'delayMs',
  'overload',
] as const satisfies (keyof Behaviour)[]

export function parseBehaviour(value: unknown): BehaviourReading {
  if (!isRecord(value)) return malformed('the behaviour', value ?? 'no JSON', 'a JSON object such as {"mode": "fail"}')
  const unknown = Object.keys(value).find((key) => !behaviourKeys.some((known) => known === key))
  if (unknown !== undefined) return malformed('a key', unknown, `one of ${behaviourKeys.join(', ')}`)
  const mode = modes.find((known) => known === value.mode)
  if (!mode) return malformed('mode', value.mode, `one of ${modes.join(', ')}`)
  const method = methods.find((known) => known === value.method)
  if (value.method !== undefined && !method) return malformed('method', value.method, `one of ${methods.join(', ')}`)
  const { times, application, retryAfterSeconds = wellBehaved.retryAfterSeconds } = value
  if (times !== undefined && !isCount(times)) return malformed('times', times, 'a whole number from 0')
  if (!isCount(retryAfterSeconds)) return malformed('retryAfterSeconds', retryAfterSeconds, 'whole seconds from 0')
  if (application !== undefined && !isText(application)) return malformed('application', application, 'a name')
  const limits = parseLimits(value)
  if (limits.kind === 'malformed') return limits
  const filters = {
    ...(method && { method }),
    ...(times !== undefined && { times }),
    ...(application !== undefined && { application }),
  }
  return { kind: 'behaviour', behaviour: { mode, retryAfterSeconds, ...filters, ...limits.limits } }
}

/** How a call is met that is its pod's `nth` (from 0) since the behaviour was told. */
export function modeFor(
  behaviour: Behaviour,
  { method, application, nth }: { method: string; application: string | undefined; nth: number },
): Mode {
  if (behaviour.method ? method !== behaviour.method : method === 'DELETE') return 'grant'
  if (behaviour.application !== undefined && behaviour.application !== application) return 'grant'
  return nth < (behaviour.times ?? Number.POSITIVE_INFINITY) ? behaviour.mode : 'grant'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0
}
