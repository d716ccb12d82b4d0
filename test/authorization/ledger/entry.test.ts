import fc from 'fast-check'
import t from 'tap'
import { conditionAfter, type Entry, entryStates, objectOf, parseEntry } from '../../../authorization/ledger/entry.ts'

const word = fc.string({ minLength: 1, maxLength: 12 })
const second = fc.nat(2_000_000_000).map((seconds) => seconds * 1000)

const entry: fc.Arbitrary<Entry> = fc.record({
  uid: word,
  application: word,
  namespace: word,
  pod: word,
  ip: word,
  ips: fc.array(word, { maxLength: 2 }),
  resources: fc.array(word, { maxLength: 3 }),
  state: fc.constantFrom(...entryStates),
  calls: fc.option(fc.nat(9)),
  claim: fc.option(fc.record({ by: word, untilMs: second })),
  condition: fc.option(
    fc.record({ status: fc.constantFrom('True', 'False'), reason: word, message: fc.string(), sinceMs: second }),
  ),
  createdMs: fc.constant(0),
  version: word,
})

t.test('an entry is the same when it comes back from the API server', async (t) => {
  const property = fc.property(entry, (entry) => {
    t.same(parseEntry(JSON.parse(JSON.stringify(objectOf(entry, 'greenroom-system')))), entry)
  })
  fc.assert(property, { numRuns: 300 })
})

t.test('an object without a status is a new entry', async (t) => {
  for (const sample of fc.sample(entry, 20)) {
    const { status: _, ...object } = objectOf(sample, 'greenroom-system')
    t.match(parseEntry(object), { state: 'Pending', calls: null, claim: null, condition: null })
  }
})

t.test('what is no Authorization is none', async (t) => {
  for (const object of [null, 7, 'text', {}, { metadata: {}, spec: {} }, { metadata: { name: 'u' }, spec: { ip: 1 } }])
    t.equal(parseEntry(object), null)
})

t.test("a condition's time is that of its last change", async (t) => {
  const before = { status: 'False', reason: 'AuthorizationQueued', message: '', sinceMs: 1 } as const
  t.equal(conditionAfter(before, { ...before, reason: 'AuthorizationUnavailable' }, 9).sinceMs, 1)
  t.equal(conditionAfter(before, { ...before, status: 'True' }, 9).sinceMs, 9)
  t.equal(conditionAfter(null, before, 9).sinceMs, 9)
})
