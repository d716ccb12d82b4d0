import { mock } from 'node:test'
import t from 'tap'
import { keepPublished } from '../../../webhook/certificates/publication.ts'

/** Lets what has been resolved run; the clock does not move. */
const settle = () => new Promise(setImmediate)

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
t.afterEach(() => mock.timers.reset())

/** Publishes with these results, one a round, and notes what is said about them. */
async function keep(...results: (boolean | Error)[]) {
  const said: string[] = []
  const stop = await keepPublished({
    publish: async () => {
      const result = results.shift()
      if (result === undefined || result instanceof Error) throw result ?? new Error('not expected to publish')
      return result
    },
    onMended: () => said.push('mended'),
    onError: (error) => said.push(String(error)),
  })
  const round = async () => {
    mock.timers.tick(30_000)
    await settle()
  }
  return { said, stop, round, results }
}

t.test('a registration that lost its bundle gets it again within a round', async (t) => {
  const { said, round, stop } = await keep(true, false, true, false)
  await round()
  t.strictSame(said, [], 'the first time is no mending, and what is right is not spoken of')
  await round()
  t.strictSame(said, ['mended'])
  await round()
  t.strictSame(said, ['mended'], 'said once')
  stop()
})

t.test('a registration that stays away is spoken of once, and mended when it is back', async (t) => {
  const { said, round, stop } = await keep(true, new Error('gone'), new Error('gone'), true, new Error('gone'))
  await round()
  await round()
  t.strictSame(said, ['Error: gone'])
  await round()
  await round()
  t.strictSame(said, ['Error: gone', 'mended', 'Error: gone'])
  stop()
})

t.test('stopped, it publishes no more', async (t) => {
  const { said, round, stop, results } = await keep(false, true)
  stop()
  await round()
  t.strictSame([said, results], [[], [true]])
})
