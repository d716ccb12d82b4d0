import fc from 'fast-check'
import t from 'tap'
import { fitsPattern } from '../../policy/pattern.ts'

const rows = [
  ['mysql:orders', 'mysql:orders', true],
  ['mysql:orders', 'mysql:orders2', false],
  ['mysql:*', 'mysql:orders', true],
  ['mysql:*', 'mysql:', true],
  ['mysql:*', 'xmysql:orders', false],
  ['*', '', true],
  ['*', 'two\nlines', true],
  ['a*c*e', 'abcde', true],
  ['a*c*e', 'abde', false],
  ['a.c', 'abc', false],
  ['a(b|c)', 'ab', false],
  ['a[b]', 'a[b]', true],
] as const

for (const [pattern, name, fits] of rows) {
  t.test(`${pattern} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(name)}`, async (t) => {
    t.equal(fitsPattern(pattern, name), fits)
  })
}

t.test('it says what the regular expression would say', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
  const property = fc.property(text, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, name) => {
    return fitsPattern(pattern, name) === new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name)
  })
  fc.assert(property, { numRuns: 5_000 })
})
