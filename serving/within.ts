import { setTimeout as sleep } from 'node:timers/promises'

/** Well within the patience of an API server that waits for an answer of ours, 5 s. */
const patienceMs = 2_000

/** What an API server answers; rejects where it does not in time. client-node waits for as long as the connection lives. */
export async function within<T>(answer: Promise<T>, limitMs = patienceMs): Promise<T> {
  const answered = new AbortController()
  const tooLate = sleep(limitMs, undefined, { ref: false, signal: answered.signal }).then(() => {
    throw new Error(`the API server has not answered within ${limitMs} ms`)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    tooLate.catch(() => {}) // The answer was there first.
    answered.abort()
  }
}
