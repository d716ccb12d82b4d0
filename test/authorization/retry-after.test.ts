import t from 'tap'
import { longestRetryAfterMs, parseRetryAfter } from '../../authorization/retry-after.ts'

const now = Date.parse('2026-08-01T12:00:00Z')
const inNinetySeconds = 'Sat, 01 Aug 2026 12:01:30 GMT'
const serverIsAMinuteAhead = 'Sat, 01 Aug 2026 12:01:00 GMT'

const rows: readonly [header: string | undefined, date: string | undefined, expected: number | undefined][] = [
  [undefined, undefined, undefined],
  ['', undefined, undefined],
  ['0', undefined, 0],
  [' 7 ', undefined, 7000],
  ['999999999999999999999', undefined, longestRetryAfterMs],
  ['-5', undefined, undefined],
  ['1.5', undefined, undefined],
  ['soon', undefined, undefined],
  [inNinetySeconds, undefined, 90_000],
  [inNinetySeconds, serverIsAMinuteAhead, 30_000],
  [inNinetySeconds, 'rubbish', 90_000],
  ['Sat, 01 Aug 2020 12:01:30 GMT', undefined, 0],
  ['Fri, 01 Jan 2100 00:00:00 GMT', undefined, longestRetryAfterMs],
]

for (const [header, date, expected] of rows)
  t.equal(parseRetryAfter(header, date, now), expected, `${header}, with Date ${date}`)
