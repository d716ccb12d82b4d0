import { setTimeout as sleep } from 'node:timers/promises'

/** Far above what anything here needs on a busy machine; only a failure waits this long. */
const defaultLimitMs = 15_000
const lookEveryMs = 10

/** Looks until there is something to see. Fails, saying what it waited for, when the limit is reached. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = defaultLimitMs,
): Promise<Exclude<T, false | undefined | null | ''>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const seen = await look()
    if (isSomething(seen)) return seen
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`)
    await sleep(lookEveryMs)
  }
}

function isSomething<T>(value: T): value is Exclude<T, false | undefined | null | ''> {
  return value !== false && value !== undefined && value !== null && value !== ''
}
