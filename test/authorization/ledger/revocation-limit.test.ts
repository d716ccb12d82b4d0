import t from 'tap'
import { createRevocationLimit } from '../../../authorization/ledger/revocation-limit.ts'

const policy = { most: 2, percent: 25, per: 1_000 }

t.test('so many die in one window, and the next ones in the next', async (t) => {
  const limit = createRevocationLimit(policy)
  t.strictSame(
    [0, 10, 20].map((atMs) => limit.take(0, atMs)),
    [true, true, false],
  )
  t.ok(limit.take(0, 1_001), 'the first is forgotten')
  t.notOk(limit.take(0, 1_005))
})

t.test('of many, a share', async (t) => {
  const limit = createRevocationLimit(policy)
  // Each that is taken back is no longer granted.
  const taken = Array.from({ length: 40 }, (_, index) => limit.take(40 - Math.min(index, 10), index))
  t.equal(taken.filter(Boolean).length, 10)
})
