import fc from 'fast-check'
import t from 'tap'
import { peakPerSecond } from '../../../authorization/reference/peak.ts'

t.test('the most within any one second, wherever it begins', async (t) => {
  t.equal(peakPerSecond([]), 0)
  t.equal(peakPerSecond([5]), 1)
  t.equal(peakPerSecond([0, 999]), 2)
  t.equal(peakPerSecond([0, 1000]), 1)
  t.equal(peakPerSecond([0, 900, 1100, 1800, 3000]), 3, 'not by the seconds of the clock')
  t.equal(peakPerSecond([3000, 900, 0, 1800, 1100]), 3, 'in any order')
})

t.test('it is what counting from each moment gives', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4000 })), (timesMs) => {
      const counts = timesMs.map((from) => timesMs.filter((timeMs) => timeMs >= from && timeMs < from + 1000).length)
      return peakPerSecond(timesMs) === Math.max(0, ...counts)
    }),
  )
})
