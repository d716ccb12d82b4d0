import t from 'tap'
import { downForMs, noPressure, noteThrottled } from '../../../authorization/reference/overload.ts'

const overload = { throttled: 3, withinSeconds: 10, downForSeconds: 60 }

/** After a 429 at each of these moments. */
const after = (...timesMs: number[]) =>
  timesMs.reduce((pressure, nowMs) => noteThrottled(pressure, overload, nowMs), noPressure)

t.test('so many 429 within the time, and it is down for so long', async (t) => {
  const rows: readonly [timesMs: number[], nowMs: number, downMs: number][] = [
    [[], 0, 0],
    [[0, 0], 0, 0],
    [[0, 0, 0], 0, 60_000],
    [[0, 5000, 10_000], 10_000, 60_000],
    [[0, 5000, 10_001], 10_001, 0],
    [[0, 5000, 10_001, 15_000], 15_000, 60_000],
    [[0, 0, 0], 59_999, 1],
    [[0, 0, 0], 60_000, 0],
    [[0, 0, 0, 60_000, 60_000], 60_000, 0],
    [[0, 0, 0, 60_000, 60_000, 60_000], 60_000, 60_000],
  ]
  for (const [timesMs, nowMs, downMs] of rows)
    t.equal(downForMs(after(...timesMs), nowMs), downMs, `${timesMs} at ${nowMs}`)
})

t.test('one is enough where one is said', async (t) => {
  t.equal(downForMs(noteThrottled(noPressure, { ...overload, throttled: 1 }, 0), 0), 60_000)
})

t.test('it remembers no more than it counts', async (t) => {
  const { throttledAtMs } = after(...Array.from({ length: 1000 }, (_, index) => index))
  t.ok(throttledAtMs.length < overload.throttled)
})
