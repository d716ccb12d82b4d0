/**
 * When the server dies of being asked: after so many 429 within so many seconds. So did a firewall in front of which
 * every failing start was created anew, and asked again.
 */
export interface Overload {
  readonly throttled: number
  readonly withinSeconds: number
  readonly downForSeconds: number
}

export interface Pressure {
  /** The 429 that still count, oldest first; fewer than {@link Overload.throttled}. */
  readonly throttledAtMs: readonly number[]
  readonly downUntilMs: number
}

export const noPressure: Pressure = { throttledAtMs: [], downUntilMs: Number.NEGATIVE_INFINITY }

/** How long it stays down, 0 where it is up. Calls while it is down lengthen nothing. */
export function downForMs({ downUntilMs }: Pressure, nowMs: number): number {
  return Math.max(0, downUntilMs - nowMs)
}

/** What follows from one more 429. After being down it counts anew. */
export function noteThrottled(
  pressure: Pressure,
  { throttled, withinSeconds, downForSeconds }: Overload,
  nowMs: number,
): Pressure {
  const recent = pressure.throttledAtMs.filter((atMs) => nowMs - atMs <= withinSeconds * 1000)
  if (recent.length + 1 < throttled) return { ...pressure, throttledAtMs: [...recent, nowMs] }
  return { throttledAtMs: [], downUntilMs: nowMs + downForSeconds * 1000 }
}
