import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Ends a server without losing a review: `readyz` must be 503 already; after the delay, in which the endpoint leaves
 * the Service everywhere, it stops listening, and what is being answered is answered.
 */
export async function shutDown(
  server: Pick<Server, 'close' | 'closeAllConnections' | 'requestTimeout'>,
  delayMs: number,
): Promise<void> {
  await sleep(delayMs)
  const closed = new Promise((resolve) => server.close(resolve))
  const cutting = setTimeout(() => server.closeAllConnections(), server.requestTimeout)
  await closed
  clearTimeout(cutting)
}

/** Resolves on the first SIGTERM (the kubelet's) or SIGINT (a terminal's). */
export function terminationSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
