import t from 'tap'
import { partOfPeriod } from '../../bench/kubelet-period.ts'

t.test('the rounds divide one second evenly, and begin anew after it', async (t) => {
  t.same(
    [0, 1, 2, 3, 4].map((round) => partOfPeriod(round, 4)),
    [0, 250, 500, 750, 0],
  )
})
