export const dayMs = 24 * 60 * 60 * 1000

/** Clocks of machines differ; a certificate from tomorrow is refused. */
export const backdateMs = dayMs

/** Clocks of API servers differ by less. What was issued later than that from now was issued by a clock that has gone back since. */
export const aheadMs = dayMs / 24

/** A replica that has not seen the Secret for so long issues nothing more: what it knows may have been retired. */
export const knownMs = dayMs

/** How long things last. */
export interface Lives {
  readonly authorityMs: number
  /** Age of an authority at which the next one is made. */
  readonly dueMs: number
  /** So long the next one is trusted before it signs. */
  readonly trustFirstMs: number
  /** Of a server's certificate. */
  readonly leafMs: number
}

/** Short, for a leaf is never stored; long against every outage in which it could not be renewed. */
export const leafMs = 7 * dayMs

/** Two thirds of a life leave a third for what fails at first. */
export const renewAt = 2 / 3

/** Where those who trust hear of a change within seconds. The day is for those who look less often, such as a scraper of metrics. */
export const yearly: Lives = { authorityMs: 365 * dayMs, dueMs: 365 * dayMs * renewAt, trustFirstMs: dayMs, leafMs }

/**
 * Where those who trust never hear of a change, as a pod that keeps what it was admitted with: each authority is trusted for a
 * year, then signs for one. What is older than a year cannot be helped.
 */
export const slow: Lives = { authorityMs: 3 * 365 * dayMs, dueMs: 365 * dayMs, trustFirstMs: 365 * dayMs, leafMs }
