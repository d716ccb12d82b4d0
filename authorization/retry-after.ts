/** A service that says "next year" by mistake must not hold a pod for longer than this. */
export const longestRetryAfterMs = 60 * 60 * 1000

/**
 * Milliseconds that a `Retry-After` header asks for, at most {@link longestRetryAfterMs}; undefined where there is none
 * or it is neither seconds nor an HTTP date (RFC 9110, 10.2.3).
 *
 * A date is measured from the answer's own `Date`: it is the server's clock that both were read from, and ours may differ.
 */
export function parseRetryAfter(
  header: string | undefined,
  date: string | undefined,
  nowMs: number,
): number | undefined {
  const text = header?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, longestRetryAfterMs)
  const untilMs = Date.parse(text)
  // Date.parse takes "-5" for a year; only a date with letters in it (Sun, 06 Nov 1994 …) is an HTTP date.
  if (Number.isNaN(untilMs) || !/^[A-Z]/i.test(text)) return undefined
  const serverNowMs = Date.parse(date ?? '')
  const waitMs = untilMs - (Number.isNaN(serverNowMs) ? nowMs : serverNowMs)
  return Math.min(Math.max(waitMs, 0), longestRetryAfterMs)
}
