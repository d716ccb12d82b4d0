import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Looks until it is so and resolves with the time; null once `deadline` (milliseconds since the epoch) is over. For what sends
 * no events. A look that asks a server is not repeated every few milliseconds: `pauseMs`.
 */
export async function untilTrue(
  isSo: () => boolean | Promise<boolean>,
  deadline: number,
  pauseMs = 2,
): Promise<number | null> {
  while (!(await isSo())) {
    if (Date.now() > deadline) return null
    await sleep(pauseMs)
  }
  return Date.now()
}
