import { setTimeout as sleep } from 'node:timers/promises'
import type { Drain } from '../policy/settings.ts'
import { type PortWatch, watchPorts } from './port-watch.ts'
import type { Look } from './silence.ts'

/**
 * The sidecar's preStop starts together with the app's; without it after this long, liveness failed and nothing drains. A node
 * that loses all its pods at once may take a second or two from one to the other.
 */
const deletingWithinMs = 3000
/** The kernel walks its table of all connections of the node for each look. */
const lookEveryMs = 200

export interface DrainInput {
  readonly drain: Drain
  /** When the app was told to stop, milliseconds since the epoch. */
  readonly sinceMs: number
  readonly deleting: boolean
  readonly signal: AbortSignal
  /** Path of the program `traffic`. */
  readonly program: string
}

/** Waits until the app's ports are quiet, within the bounds, and says in words why it is over. */
export async function waitDrained({ drain, sinceMs, deleting, signal, program }: DrainInput): Promise<string> {
  if (!deleting) {
    await sleep(Math.max(0, deletingWithinMs - elapsedMs(sinceMs)), undefined, { signal })
    return 'not drained: the pod is not being deleted'
  }
  const watch = watchPorts({ ports: drain.ports, quietMs: drain.quietMs, program })
  try {
    return `${await waitQuiet(watch, drain, { sinceMs, signal })}${watch.caveat()}`
  } finally {
    watch.close()
  }
}

/**
 * A look sees how long the connections that are there have been silent, and nothing of one that came and went since the
 * look before. So a look that saw something move counts for `quiet` from then on.
 */
async function waitQuiet(
  watch: PortWatch,
  drain: Drain,
  { sinceMs, signal }: { readonly sinceMs: number; readonly signal: AbortSignal },
): Promise<string> {
  let quietSinceMs = Date.now()
  const begin = performance.now()
  for (;;) {
    const { silentMs, busy } = await watch.look()
    signal.throwIfAborted()
    quietSinceMs = Math.max(quietSinceMs, Date.now() - silentMs)
    const ended = endOfDrain(drain, {
      elapsedMs: Math.max(elapsedMs(sinceMs), performance.now() - begin),
      quietMs: elapsedMs(quietSinceMs),
      busy,
    })
    if (ended) return ended
    await sleep(lookEveryMs, undefined, { signal })
  }
}

/** null while the drain goes on. */
export function endOfDrain(
  drain: Drain,
  now: { readonly elapsedMs: number; readonly quietMs: number; readonly busy: Look['busy'] },
): string | null {
  if (now.elapsedMs >= drain.maxMs) return `max reached with ${now.busy}`
  if (now.elapsedMs < drain.minMs || now.quietMs < drain.quietMs) return null
  return `quiet after ${(now.elapsedMs / 1000).toFixed(1)} s`
}

// Not below nothing where the clock was set back; what this process has seen of it by a clock of its own counts as well.
function elapsedMs(sinceMs: number): number {
  return Math.max(0, Date.now() - sinceMs)
}
