/** The clocks of this machine. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number
  /** One that nobody sets. */
  readonly steadyMs: () => number
}

export const machineClock: Clock = { wallMs: Date.now, steadyMs: () => performance.now() }

/** The API server's time, carried on by this machine's clock. */
export interface ServerClock {
  readonly nowMs: () => number
  readonly steadyMs: () => number
  /** What the API server has said just now; undefined: nothing. */
  set(serverMs: number | undefined): void
}

/**
 * All replicas decide by one clock, or one whose own is wrong would end what the others go by. And whoever looks at a
 * certificate's dates is the API server. Until it has said something, the machine's is taken.
 */
export function createServerClock({ wallMs, steadyMs }: Clock): ServerClock {
  let aheadMs = 0
  return {
    nowMs: () => wallMs() + aheadMs,
    steadyMs,
    set(serverMs) {
      if (serverMs !== undefined) aheadMs = serverMs - wallMs()
    },
  }
}
