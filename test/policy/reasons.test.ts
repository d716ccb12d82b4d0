import t from 'tap'
import { reasons } from '../../policy/reasons.ts'

t.test('a code is CamelCase, for a condition refuses hyphens', async (t) => {
  for (const code of Object.keys(reasons)) t.match(code, /^[A-Z][A-Za-z]+$/)
})

t.test('a sentence ends in a full stop and fits into a warning behind its code', async (t) => {
  for (const [code, { sentence }] of Object.entries(reasons)) {
    t.match(sentence, /^[A-Z].*\.$/)
    t.ok(`${code}: ${sentence}`.length <= 120, code)
  }
})
