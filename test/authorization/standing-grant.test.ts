import t from 'tap'
import { standingGrant } from '../../authorization/standing-grant.ts'

const snapshot = (state: object) => `snapshot boot=b1 ${JSON.stringify(state)}`
const granted = { boot: 'b1', deleting: false, ending: false, grantedIp: '10.1.2.3', life: { phase: 'online' } }

const rows: readonly [words: readonly string[], expected: string | null][] = [
  [[], null],
  [['authorized 10.1.2.3'], '10.1.2.3'],
  [['authorized'], null],
  [['authorized 10.1.2.3', 'authorized 10.1.2.4'], '10.1.2.4'],
  [['authorized 10.1.2.3', 'started b1', 'exited b1'], '10.1.2.3'],
  [['hook-exited b1 preOnline 0 authorized 10.9.9.9'], null],
  [['authorized 10.1.2.3', 'deleting'], '10.1.2.3'],
  [['authorized 10.1.2.3', 'terminating alive'], '10.1.2.3'],
  [['authorized 10.1.2.3', 'terminating gone'], null],
  [['authorized 10.1.2.3', 'terminating'], null],
  [['authorized 10.1.2.3', 'deleting', 'terminating alive'], null],
  [['authorized 10.1.2.3', 'deleting', 'authorized 10.1.2.3', 'terminating alive'], '10.1.2.3'],
  [['authorized 10.1.2.3', 'terminating gone', 'authorized 10.1.2.4'], '10.1.2.4'],
  [['authorized 10.1.2.3', 'revoked 10.1.2.3'], null],
  [['authorized 10.1.2.3', 'revoke-failed HTTP 500'], null],
  [[snapshot(granted)], '10.1.2.3'],
  [[snapshot(granted), 'terminating alive'], '10.1.2.3'],
  [[snapshot({ ...granted, deleting: true }), 'terminating alive'], null],
  [[snapshot({ ...granted, ending: true })], null],
  [[snapshot({ ...granted, grantedIp: null })], null],
  [['authorized 10.1.2.3', 'snapshot boot=b1 {"grantedIp":"10.1'], null],
]

for (const [words, expected] of rows) {
  const lines = words.map((word, index) => `${index}.000000 ${word}\n`)
  t.equal(standingGrant(['greenroom-journal 1\n', ...lines].join('')), expected, words.join(', '))
}
