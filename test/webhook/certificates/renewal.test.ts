import { mock } from 'node:test'
import t from 'tap'
import { keepRenewed } from '../../../webhook/certificates/renewal.ts'

/** Lets what has been resolved run; the clock does not move. */
const settle = () => new Promise(setImmediate)

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
t.afterEach(() => mock.timers.reset())

t.test('a certificate is renewed at two thirds of its life, and again', async (t) => {
  const applied: number[] = []
  let issued = 0
  const stop = keepRenewed({
    lifeMs: 3000,
    issue: async () => ++issued,
    apply: (fresh) => applied.push(fresh),
    onError: t.error,
  })
  mock.timers.tick(1999)
  await settle()
  t.strictSame(applied, [])
  mock.timers.tick(1)
  await settle()
  t.strictSame(applied, [1])
  mock.timers.tick(2000)
  await settle()
  t.strictSame(applied, [1, 2])
  stop()
  mock.timers.tick(10_000)
  await settle()
  t.strictSame(applied, [1, 2], 'and not after it was stopped')
})

t.test('a renewal that failed, or could not be applied, is tried again', async (t) => {
  const errors: unknown[] = []
  const outcomes = [Promise.reject(new Error('no')), Promise.resolve('unusable'), Promise.resolve('good')]
  const applied: string[] = []
  const stop = keepRenewed({
    lifeMs: 3000,
    issue: async () => outcomes.shift() ?? 'none left',
    apply: (fresh) => {
      if (fresh === 'unusable') throw new Error(fresh)
      applied.push(fresh)
    },
    onError: (error) => errors.push(error),
  })
  for (const passedMs of [2000, 60_000, 60_000]) {
    mock.timers.tick(passedMs)
    await settle()
  }
  t.match(errors, [{ message: 'no' }, { message: 'unusable' }])
  t.strictSame(applied, ['good'])
  stop()
})
