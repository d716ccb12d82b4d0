import t from 'tap'
import { editDistance, nearest } from '../../policy/nearest.ts'

t.test('the distance counts insertions, deletions and substitutions', async (t) => {
  const table = [
    ['', '', 0],
    ['kitten', 'sitting', 3],
    ['chekurl', 'checkurl', 1],
    ['drain', 'drain', 0],
    ['abc', '', 3],
  ] as const
  for (const [from, to, distance] of table) t.equal(editDistance(from, to), distance, `${from} to ${to}`)
})

t.test('the nearest key is offered, and none where none is near', async (t) => {
  const keys = ['inject', 'checkurl', 'checkurl-timeout', 'pre-online', 'drain']
  const table = {
    injct: 'inject',
    Inject: 'inject',
    'check-url': 'checkurl',
    checkurltimeout: 'checkurl-timeout',
    preOnline: 'pre-online',
    drian: 'drain',
    weather: undefined,
  }
  for (const [word, key] of Object.entries(table)) t.equal(nearest(word, keys), key, word)
})
