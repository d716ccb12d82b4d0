import t from 'tap'
import { benchNames } from '../../bench/claims.ts'
import { parseOptions, usage } from '../../bench/options.ts'

t.test('all benches, or those that are named, each once', async (t) => {
  t.same(parseOptions([]), { benches: benchNames, json: false, list: false, help: false, samples: 20 })
  t.same(parseOptions(['start', 'rest', 'start', '--json']).benches, ['start', 'rest'])
  t.equal(parseOptions(['start', '--json']).json, true)
  t.equal(parseOptions(['--samples', '3']).samples, 3)
})

t.test('says what it found and what it expected', async (t) => {
  t.throws(() => parseOptions(['stort']), /no bench "stort", expected rest, start, death, ready/)
  t.throws(() => parseOptions(['--samples', '0']), /--samples is "0", expected a whole number/)
  t.throws(() => parseOptions(['--samples', 'many']), /"many"/)
  t.throws(() => parseOptions(['--sample', '3']), { message: /^there is no option --sample$/ })
  t.throws(() => parseOptions(['start', '--sample=3']), { message: /^there is no option --sample$/ })
  t.throws(() => parseOptions(['-s']), { message: /^there is no option -s$/ })
})

t.test('the usage names every option', async (t) => {
  for (const option of ['--json', '--samples', '--list', '--help']) t.match(usage, option)
})
