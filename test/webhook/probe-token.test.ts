import t from 'tap'
import { createTokenSource } from '../../webhook/probe-token.ts'

t.test('no token comes twice, and each fits into a header', async (t) => {
  const draw = createTokenSource()
  const tokens = Array.from({ length: 2_000 }, draw)
  t.equal(new Set(tokens).size, tokens.length)
  t.ok(tokens.every((token) => /^[\w-]{24}$/.test(token)))
})
