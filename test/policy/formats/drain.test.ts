import t from 'tap'
import { drain } from '../../../policy/formats/drain.ts'
import { checkFormat } from './check-format.ts'

t.test('a drain is durations by name, any of them, each once', async (t) => {
  checkFormat(t, drain, {
    'min=5s,max=30s,quiet=2s': { min: 5_000, max: 30_000, quiet: 2_000 },
    'max=1m': { max: 60_000 },
    'quiet=500ms, min=0s': { quiet: 500, min: 0 },
    'max=999999999h': undefined,
    '30': undefined,
    '30s': undefined,
    '': undefined,
    'max=30': undefined,
    'max=30s,': undefined,
    'max=30s,max=40s': undefined,
    'most=30s': undefined,
    'max=30s=1': undefined,
    'toString=1s': undefined,
  })
})
