import t from 'tap'
import { GreenroomError } from '../../../policy/greenroom-error.ts'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import type { PolicyObject } from '../../../policy/schema/parse-policy.ts'
import { createPolicyBook } from '../../../serving/policies/book.ts'

const problem = new GreenroomError('PolicyMalformed', { at: 'x', expected: 'y', fix: 'Mend it.' })
const policyOf = (priority: number) => ({ ...defaultPolicy, priority })
const object = (priority: number | 'bad'): PolicyObject => ({ spec: { priority } })

/** Reads what {@link object} makes. */
const open = () =>
  createPolicyBook(async ({ spec }) => {
    const priority = JSON.parse(JSON.stringify(spec)).priority
    if (priority === 'bad') throw problem
    return policyOf(priority)
  })

const everybody = { namespaceLabels: {}, podLabels: {} }

t.test('a policy that cannot be read changes nothing', async (t) => {
  const book = open()
  t.same(await book.put('a', object(1)), { kind: 'accepted' })
  t.same(await book.put('a', object('bad')), { kind: 'refused', problem })
  t.equal(book.choose(everybody)?.policy.priority, 1)
  t.same(await book.put('a', object(2)), { kind: 'accepted' })
  t.equal(book.choose(everybody)?.policy.priority, 2)
})

t.test('who starts while a policy cannot be read takes what was accepted before', async (t) => {
  const book = open()
  t.same(await book.put('a', object('bad'), object(7)), { kind: 'refused', problem })
  t.equal(book.choose(everybody)?.policy.priority, 7)
  await book.put('a', object(8))
  await book.put('a', object('bad'), object(7))
  t.equal(book.choose(everybody)?.policy.priority, 8, 'and nobody goes back to it')
})

t.test('what was accepted before is read in its own way, for what it needs may be gone', async (t) => {
  const book = createPolicyBook(
    async () => {
      throw problem
    },
    async () => policyOf(7),
  )
  t.same(await book.put('a', object(1), object(1)), { kind: 'refused', problem })
  t.equal(book.choose(everybody)?.policy.priority, 7)
})

t.test('what is read again and is the same stays the same object', async (t) => {
  const book = open()
  await book.put('a', object(1))
  const first = book.choose(everybody)
  await book.put('a', object(1))
  t.equal(book.choose(everybody), first)
  await book.put('a', object(2))
  t.not(book.choose(everybody), first)
  t.match(book.choose(everybody), { policy: { priority: 2 } })
})

t.test('a policy that was never accepted selects nobody, nor does one that is gone', async (t) => {
  const book = open()
  await book.put('a', object('bad'))
  t.equal(book.choose(everybody), undefined)
  await book.put('b', object(1))
  await book.remove('b')
  t.same(book.all(), [])
})

t.test('changes count in the order in which they came, however long each takes', async (t) => {
  const delays = [30, 0]
  const book = createPolicyBook(async ({ spec }) => {
    await new Promise((resolve) => setTimeout(resolve, delays.shift()))
    return policyOf(JSON.parse(JSON.stringify(spec)).priority)
  })
  await Promise.all([book.put('a', object(1)), book.put('a', object(2))])
  t.equal(book.choose(everybody)?.policy.priority, 2)
})

t.test('an error of ours is not taken for a mistake in the policy', async (t) => {
  const book = createPolicyBook(async () => {
    throw new Error('disk')
  })
  await t.rejects(book.put('a', object(1)), { message: 'disk' })
  t.same(book.all(), [])
})
