import { setTimeout as delay } from 'node:timers/promises'
import { ask } from './ask.ts'
import type { Timeline } from './timeline.ts'

/** How often a load balancer of this play looks at the marker, and how often it sends a request while the marker is there. */
const markerEveryMs = 25
const requestEveryMs = 50

/** Sends traffic exactly while the marker is there, as a load balancer does; records what it sees. Returns the undo. */
export function balance(markerUrl: URL, requestUrl: URL, timeline: Timeline): () => Promise<void> {
  const stop = new AbortController()
  let there: boolean | undefined
  const watching = repeat(markerEveryMs, stop.signal, async () => {
    const { status } = await ask(markerUrl)
    if ((status === 200) === there) return
    there = status === 200
    timeline.record({ kind: 'marker', path: markerUrl.pathname, there, status })
  })
  const sending = repeat(requestEveryMs, stop.signal, async () => {
    if (there) timeline.record({ kind: 'request', ...(await ask(requestUrl)) })
  })
  return async () => {
    stop.abort()
    await Promise.all([watching, sending])
  }
}

async function repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work()
    // Rejects only when stopped, which the loop looks at next.
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
