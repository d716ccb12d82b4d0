import { isRecord } from '../../policy/json.ts'
import { type Malformed, malformed } from './malformed.ts'
import type { Overload } from './overload.ts'
import type { Capacity } from './token-bucket.ts'

/** How much the server bears before it is slow, throttles, or is down. What is absent is no limit. */
export interface Limits {
  readonly capacity?: Capacity
  /** Each answer comes so much later than the call has had its effect. */
  readonly delayMs?: number
  readonly overload?: Overload
}

export type LimitsReading = { readonly kind: 'limits'; readonly limits: Limits } | Malformed

interface Field {
  readonly at: string
  readonly least: number
  readonly most: number
}

/** Bounded, for what is remembered grows with them. Where the least is a whole number, only whole numbers are allowed. */
const fields = {
  callsPerSecond: { at: 'capacity.callsPerSecond', least: 0.01, most: 10_000 },
  delayMs: { at: 'delayMs', least: 0, most: 600_000 },
  throttled: { at: 'overload.throttled', least: 1, most: 10_000 },
  withinSeconds: { at: 'overload.withinSeconds', least: 1, most: 3600 },
  downForSeconds: { at: 'overload.downForSeconds', least: 1, most: 86_400 },
} as const satisfies Record<string, Field>

/** Looks at its own members only. */
export function parseLimits(value: Readonly<Record<string, unknown>>): LimitsReading {
  const { delayMs } = value
  const capacity = value.capacity === undefined ? undefined : parseCapacity(value.capacity)
  if (capacity?.kind === 'malformed') return capacity
  if (delayMs !== undefined && !fits(delayMs, fields.delayMs)) return unfit(delayMs, fields.delayMs)
  const overload = value.overload === undefined ? undefined : parseOverload(value.overload)
  if (overload?.kind === 'malformed') return overload
  return {
    kind: 'limits',
    limits: { ...capacity?.limits, ...(delayMs !== undefined && { delayMs }), ...overload?.limits },
  }
}

function parseCapacity(value: unknown): LimitsReading {
  if (!isRecord(value)) return malformed('capacity', value, 'an object such as {"callsPerSecond": 5}')
  const { callsPerSecond, ...others } = value
  if (!fits(callsPerSecond, fields.callsPerSecond)) return unfit(callsPerSecond, fields.callsPerSecond)
  const unknown = unknownKey('capacity', others, 'callsPerSecond')
  return unknown ?? { kind: 'limits', limits: { capacity: { callsPerSecond } } }
}

function parseOverload(value: unknown): LimitsReading {
  const example = '{"throttled": 50, "withinSeconds": 10, "downForSeconds": 60}'
  if (!isRecord(value)) return malformed('overload', value, `an object such as ${example}`)
  const { throttled, withinSeconds, downForSeconds, ...others } = value
  if (!fits(throttled, fields.throttled)) return unfit(throttled, fields.throttled)
  if (!fits(withinSeconds, fields.withinSeconds)) return unfit(withinSeconds, fields.withinSeconds)
  if (!fits(downForSeconds, fields.downForSeconds)) return unfit(downForSeconds, fields.downForSeconds)
  const unknown = unknownKey('overload', others, 'throttled, withinSeconds, downForSeconds')
  return unknown ?? { kind: 'limits', limits: { overload: { throttled, withinSeconds, downForSeconds } } }
}

function fits(value: unknown, { least, most }: Field): value is number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) return false
  return Number.isInteger(value) || !Number.isInteger(least)
}

function unfit(value: unknown, { at, least, most }: Field): Malformed {
  return malformed(at, value, `a ${Number.isInteger(least) ? 'whole number' : 'number'} from ${least} to ${most}`)
}

function unknownKey(at: string, others: object, known: string): Malformed | undefined {
  const [unknown] = Object.keys(others)
  return unknown === undefined ? undefined : malformed(`a key of ${at}`, unknown, `one of ${known}`)
}
