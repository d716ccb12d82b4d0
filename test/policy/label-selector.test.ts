import fc from 'fast-check'
import t from 'tap'
import { type LabelRequirement, selects } from '../../policy/label-selector.ts'

const labels = { app: 'orders', tier: '' }
const one = (requirement: LabelRequirement) => ({ matchLabels: {}, matchExpressions: [requirement] })

/** What each operator says of a label that is there, of an empty one, and of one that is not. */
const cases: readonly (readonly [LabelRequirement, boolean])[] = [
  [{ key: 'app', operator: 'In', values: ['orders', 'carts'] }, true],
  [{ key: 'app', operator: 'In', values: ['carts'] }, false],
  [{ key: 'none', operator: 'In', values: ['orders'] }, false],
  [{ key: 'app', operator: 'NotIn', values: ['orders'] }, false],
  [{ key: 'app', operator: 'NotIn', values: ['carts'] }, true],
  // Kubernetes: "NotIn" also selects what has no such label.
  [{ key: 'none', operator: 'NotIn', values: ['orders'] }, true],
  [{ key: 'tier', operator: 'Exists', values: [] }, true],
  [{ key: 'none', operator: 'Exists', values: [] }, false],
  [{ key: 'tier', operator: 'DoesNotExist', values: [] }, false],
  [{ key: 'none', operator: 'DoesNotExist', values: [] }, true],
]

for (const [requirement, expected] of cases)
  t.equal(selects(one(requirement), labels), expected, JSON.stringify(requirement))

t.test('an empty selector selects everything', async (t) => {
  t.ok(selects({ matchLabels: {}, matchExpressions: [] }, {}))
})

t.test('every entry has to hold, and matchLabels says the same as In with one value', async () => {
  const word = fc.constantFrom('a', 'b', 'c')
  const property = fc.property(fc.dictionary(word, word), fc.dictionary(word, word), (wanted, present) => {
    const asExpressions = Object.entries(wanted).map(
      ([key, value]) => ({ key, operator: 'In', values: [value] }) as const,
    )
    const all = Object.entries(wanted).every(([key, value]) => present[key] === value)
    return (
      selects({ matchLabels: wanted, matchExpressions: [] }, present) === all &&
      selects({ matchLabels: {}, matchExpressions: asExpressions }, present) === all
    )
  })
  fc.assert(property)
})
