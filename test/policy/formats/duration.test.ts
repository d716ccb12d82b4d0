import t from 'tap'
import { duration, limit } from '../../../policy/formats/duration.ts'
import { checkFormat } from './check-format.ts'

t.test('a duration is one whole number and one unit', async (t) => {
  checkFormat(t, duration, {
    '500ms': 500,
    '90s': 90_000,
    '5m': 300_000,
    '2h': 7_200_000,
    '0s': 0,
    '30': undefined,
    '': undefined,
    '-5s': undefined,
    '1.5s': undefined,
    '1m30s': undefined,
    '5 m': undefined,
    '5M': undefined,
    '24h': 86_400_000,
    '25h': undefined,
    '86400001ms': undefined,
    '600000h': undefined,
    '1234567890s': undefined,
  })
})

t.test('a limit is a duration above 0', async (t) => {
  checkFormat(t, limit, { '1ms': 1, '0ms': undefined, soon: undefined })
})
