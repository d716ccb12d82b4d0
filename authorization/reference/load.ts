import type { Limits } from './limits.ts'
import { down, type Outcome, throttled } from './outcome.ts'
import { downForMs, noPressure, noteThrottled } from './overload.ts'
import { fullBucket, takeToken } from './token-bucket.ts'

/** What all calls together do to the server. */
export interface Load {
  /** Takes one call on; undefined where there is room for it. */
  readonly meet: (nowMs: number) => Outcome | undefined
  /** One call was answered 429, for whatever reason. */
  readonly noteThrottled: (nowMs: number) => void
}

/** An unused server. Its clock, any that never goes back, comes with each call. */
export function createLoad({ capacity, overload }: Limits, nowMs: number): Load {
  let bucket = capacity && fullBucket(capacity, nowMs)
  let pressure = noPressure
  return {
    meet: (nowMs) => {
      const downMs = downForMs(pressure, nowMs)
      if (downMs > 0) return down(`It was asked too much, and is down for ${seconds(downMs)} s.`)
      if (!capacity || !bucket) return undefined
      const taking = takeToken(bucket, capacity, nowMs)
      bucket = taking.bucket
      if (taking.kind === 'taken') return undefined
      return throttled(`More than ${capacity.callsPerSecond} calls a second came.`, seconds(taking.waitMs))
    },
    noteThrottled: (nowMs) => {
      if (overload) pressure = noteThrottled(pressure, overload, nowMs)
    },
  }
}

/** Whole seconds, as Retry-After wants them; never too early. */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
