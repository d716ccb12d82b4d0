/** Takes one point: 0 where it was free, else the milliseconds until another is. */
export type Take = () => Promise<number>

export interface Turns {
  /** Resolves when the next call may begin, to what is to be called at its end. One waits at a time. */
  readonly next: () => Promise<() => void>
  /** The service asked for silence. */
  readonly pause: (ms: number) => void
}

export interface Pacing {
  /** Calls of this replica in one window. */
  readonly calls: number
  /** The window, in milliseconds. */
  readonly perMs: number
}

interface World {
  readonly nowMs: () => number
  readonly sleep: (ms: number) => Promise<void>
}

/**
 * Paces the calls of this replica: the shared limit counts in windows, and two of them back to back would let twice as
 * many through in a moment as the service bears; so there is also a least time between two calls.
 *
 * A call counts until a window after its end, for nobody knows when on the way the service has counted it: calls that
 * a busy node, or a busy service, has held up would else arrive together.
 */
export function createTurns(take: Take, { calls, perMs }: Pacing, { nowMs, sleep }: World): Turns {
  const spacingMs = perMs / calls
  let notBeforeMs = 0
  let underWay = 0
  let endsMs: readonly number[] = []
  let wake = () => {}

  /** Milliseconds until a call may begin as far as this replica knows. Infinite: until one ends. */
  function waitMs(): number {
    const now = nowMs()
    endsMs = endsMs.filter((endMs) => endMs + perMs > now)
    const isFull = underWay + endsMs.length >= calls
    const freeInMs = isFull ? (endsMs[0] ?? Number.POSITIVE_INFINITY) + perMs - now : 0
    return Math.max(freeInMs, notBeforeMs - now)
  }

  const anEnd = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })

  return {
    async next() {
      for (;;) {
        const ms = waitMs()
        if (ms > 0) {
          await (Number.isFinite(ms) ? sleep(ms) : anEnd())
          continue
        }
        const takenInMs = await take()
        if (takenInMs === 0) break
        await sleep(takenInMs)
      }
      notBeforeMs = Math.max(notBeforeMs, nowMs() + spacingMs)
      underWay += 1
      return () => {
        underWay -= 1
        endsMs = [...endsMs, nowMs()]
        wake()
      }
    },
    pause: (ms) => {
      notBeforeMs = Math.max(notBeforeMs, nowMs() + ms)
    },
  }
}
