import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until it is so and resolves with the time; null once `deadline` (milliseconds since the epoch) is over. For what sends no events. */
export async function untilTrue(isSo: () => boolean, deadline: number): Promise<number | null> {
  while (!isSo()) {
    if (Date.now() > deadline) return null
    await sleep(2)
  }
  return Date.now()
}
