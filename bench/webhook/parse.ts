/**
 * The handler alone, from a body's bytes to its answer's, beside JSON.parse of the same text; a process of its own. Prints a line of
 * JSON: how often, and microseconds of each, the least of many rounds, for whatever disturbs one only adds to it.
 */
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { createHandler } from '../../webhook/handler.ts'
import { createTokenSource } from '../../webhook/probe-token.ts'
import { drawn, sample } from './reviews.ts'

const rounds = 400
const warmingRounds = 10_000

const names = { image: 'greenroom', version: '0', namespace: 'greenroom-system' }
const setup = { policy: defaultPolicy, ...names, drawToken: createTokenSource() }
const parts = { observe: () => {}, nowMs: () => performance.now(), readRelease: async () => false }
const handle = createHandler(() => setup, parts)

/** Without managed fields, as JSON.parse gets it. */
const review = JSON.parse(sample('huge', { variables: 1_500, command: ['/app/bin/orders'] }).body)
review.request.object.metadata.managedFields = []
const text = JSON.stringify(review)
const body = Buffer.from(text)

// Warm, as a server is after its first reviews: JSON.parse is machine code from the start. Each of a template of its own, or its answer
// would be known; that of the body which is measured is not, for it is larger than those which are.
const small = sample('small', { variables: 10, command: ['/app/bin/orders'] }).body
for (let round = 0; round < warmingRounds; round += 1)
  await handle(Buffer.from(small.replaceAll(drawn.templateHash, `hash-${round}`)))

let [ours, parse] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
for (let round = 0; round < rounds; round += 1) {
  const bytes = Buffer.from(body)
  const [startMs, answer] = [performance.now(), Buffer.from((await handle(bytes)).text)]
  const parsedFromMs = performance.now()
  const parsed = JSON.parse(text)
  const endMs = performance.now()
  if (!answer.includes('"patch"') || !parsed) throw new Error(`not patched: ${answer}`)
  ours = Math.min(ours, parsedFromMs - startMs)
  parse = Math.min(parse, endMs - parsedFromMs)
}
console.log(JSON.stringify({ ours: ours * 1000, parse: parse * 1000 }))
