/** How often a replica looks, and how long it waits. */
export interface Paces {
  readonly lookMs: number
  /** While an authority is being replaced. */
  readonly underWayMs: number
  /** After losing a race, and after a failure that has to be over before the server is ready. */
  readonly retryMs: number
  /** Then a change of what is trusted has reached everybody. */
  readonly settleMs: number
  /** The same where nothing worked before, so that there is nothing to lose. */
  readonly firstSettleMs: number
}

/**
 * Looked at instead of watched: a watch wants two more permissions and tells of nothing where it has silently ended, and nobody
 * waits for a rotation. An API server itself hears of a registration by a watch, in well under a second; it is given
 * many times that.
 */
export const paces: Paces = {
  lookMs: 30_000,
  underWayMs: 5_000,
  retryMs: 1_000,
  settleMs: 15_000,
  firstSettleMs: 2_000,
}
