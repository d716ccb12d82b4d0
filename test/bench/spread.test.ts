import t from 'tap'
import { spreadOf } from '../../bench/spread.ts'

t.test('the median is the middle one, or lies between the middle two', async (t) => {
  t.same(spreadOf([7]), { median: 7, min: 7, max: 7, count: 1 })
  t.same(spreadOf([9, 1, 5]), { median: 5, min: 1, max: 9, count: 3 })
  t.same(spreadOf([10, 1, 4, 2]), { median: 3, min: 1, max: 10, count: 4 })
})

t.test('numbers are sorted as numbers, and the list is left as it was', async (t) => {
  const samples = [100, 20, 3]
  t.equal(spreadOf(samples).median, 20)
  t.same(samples, [100, 20, 3])
})

t.test('nothing measured is no figure', async (t) => {
  t.throws(() => spreadOf([]), /no samples/)
})
