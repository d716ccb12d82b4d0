import fc from 'fast-check'
import t from 'tap'
import { fullBucket, takeToken } from '../../../authorization/reference/token-bucket.ts'

/** When calls were taken of those that came at these moments. */
function takenAt(callsPerSecond: number, timesMs: readonly number[]): number[] {
  let bucket = fullBucket({ callsPerSecond }, timesMs[0] ?? 0)
  return timesMs.filter((nowMs) => {
    const taking = takeToken(bucket, { callsPerSecond }, nowMs)
    bucket = taking.bucket
    return taking.kind === 'taken'
  })
}

t.test('a full bucket is one second of calls, and then they come one by one', async (t) => {
  const every100Ms = Array.from({ length: 21 }, (_, index) => index * 100)
  t.strictSame(takenAt(5, Array(8).fill(0)), [0, 0, 0, 0, 0])
  t.strictSame(takenAt(2, every100Ms), [0, 100, 500, 1000, 1500, 2000])
  t.strictSame(takenAt(2, [0, 60_000, 60_000, 60_000]), [0, 60_000, 60_000], 'no more than it holds, however long')
})

t.test('fewer than one call a second is one call in several', async (t) => {
  t.strictSame(takenAt(0.5, [0, 1000, 1999, 2000, 3000, 4000]), [0, 2000, 4000])
})

t.test('who finds it empty is told when there will be one', async (t) => {
  const { bucket } = takeToken(fullBucket({ callsPerSecond: 0.5 }, 0), { callsPerSecond: 0.5 }, 0)
  t.match(takeToken(bucket, { callsPerSecond: 0.5 }, 500), { kind: 'empty', waitMs: 1500 })
})

t.test('in any t seconds no more calls are taken than flow in, and one bucketful', async () => {
  const rate = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.01, max: 50, noNaN: true }))
  const gapsMs = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3000 })), {
    minLength: 1,
    maxLength: 120,
  })
  fc.assert(
    fc.property(rate, gapsMs, (callsPerSecond, gaps) => {
      let nowMs = 0
      const taken = takenAt(
        callsPerSecond,
        gaps.map((gapMs) => {
          nowMs += gapMs
          return nowMs
        }),
      )
      for (const [from, fromMs] of taken.entries())
        for (const [to, toMs] of taken.entries()) {
          const most = Math.max(1, callsPerSecond) + (callsPerSecond * (toMs - fromMs)) / 1000
          if (to >= from && to - from + 1 > most + 1e-9) return false
        }
      return taken.length > 0
    }),
  )
})

t.test('it does not throttle whom it need not: calls at its own pace are all taken', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (gapMs) => {
      const timesMs = Array.from({ length: 50 }, (_, index) => index * gapMs)
      return takenAt(1000 / gapMs, timesMs).length >= 49
    }),
  )
})
