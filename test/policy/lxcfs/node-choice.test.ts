import fc from 'fast-check'
import t from 'tap'
import { admitsNode } from '../../../policy/lxcfs/node-choice.ts'

const node = { name: 'node-1', labels: { disk: 'ssd', cores: '8', empty: '' } }

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

const requiring = (...nodeSelectorTerms: readonly object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
})
const isAdmitted = (spec: object) => admitsNode({ containers: [], ...spec }, node)
const meets = (key: string, operator: string, ...values: string[]) =>
  isAdmitted(requiring({ matchExpressions: [{ key, operator, values }] }))

t.test('a pod without rules runs anywhere; with a name or a selector where they fit', async (t) => {
  t.ok(isAdmitted({}))
  t.ok(isAdmitted({ nodeName: '', nodeSelector: null, affinity: null }))
  t.ok(isAdmitted({ nodeName: 'node-1', nodeSelector: { disk: 'ssd', cores: '8' } }))
  t.notOk(isAdmitted({ nodeName: 'node-2' }))
  t.notOk(isAdmitted({ nodeSelector: { disk: 'ssd', cores: '4' } }))
  t.notOk(isAdmitted({ nodeSelector: { zone: '' } }))
})

t.test('each operator is as the scheduler has it', async (t) => {
  const table = [
    [meets('disk', 'In', 'hdd', 'ssd'), true],
    [meets('disk', 'In', 'hdd'), false],
    [meets('zone', 'In', 'a'), false],
    [meets('disk', 'NotIn', 'hdd'), true],
    [meets('disk', 'NotIn', 'ssd'), false],
    [meets('zone', 'NotIn', 'a'), true],
    [meets('empty', 'Exists'), true],
    [meets('zone', 'Exists'), false],
    [meets('toString', 'Exists'), false],
    [meets('zone', 'DoesNotExist'), true],
    [meets('empty', 'DoesNotExist'), false],
    [meets('cores', 'Gt', '7'), true],
    [meets('cores', 'Gt', '8'), false],
    [meets('cores', 'Lt', '+9'), true],
    [meets('cores', 'Lt', '8'), false],
    [meets('cores', 'Gt', '-1'), true],
    [meets('disk', 'Gt', '1'), false],
    [meets('zone', 'Lt', '1'), false],
    [meets('cores', 'Lt', '99999999999999999999'), false],
    [meets('cores', 'Near', '8'), false],
  ]
  for (const [index, [is, should]] of table.entries()) t.equal(is, should, `row ${index}`)
})

t.test('of terms one is enough, of a term everything, and an empty one is none', async (t) => {
  const ssd = { key: 'disk', operator: 'In', values: ['ssd'] }
  const zoned = { key: 'zone', operator: 'Exists' }
  const named = (name: string) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] })
  t.ok(isAdmitted(requiring({ matchExpressions: [zoned] }, { matchExpressions: [ssd] })))
  t.notOk(isAdmitted(requiring({ matchExpressions: [ssd, zoned] })))
  t.ok(isAdmitted(requiring(named('node-1'))))
  t.notOk(isAdmitted(requiring(named('node-2'))))
  t.notOk(isAdmitted(requiring({ ...named('node-2'), matchExpressions: [ssd] })))
  t.notOk(isAdmitted(requiring({})))
  t.notOk(isAdmitted(requiring()))
  t.notOk(isAdmitted({ nodeSelector: { zone: 'a' }, ...requiring({ matchExpressions: [ssd] }) }), 'and the selector')
  t.ok(isAdmitted({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } }))
})

const key = fc.constantFrom('disk', 'cores', 'zone')
const value = fc.constantFrom('ssd', 'hdd', '8', '-3')
const labels = fc.dictionary(key, value)
const requirement: fc.Arbitrary<Requirement> = fc.record({
  key,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  values: fc.uniqueArray(value, { minLength: 1, maxLength: 2 }),
})
const term = fc.array(requirement, { minLength: 1, maxLength: 3 })

t.test(
  'a requirement and its opposite never both hold, and In and NotIn, Exists and DoesNotExist never both fail',
  async () => {
    const opposites = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists', Gt: 'Lt', Lt: 'Gt' }
    fc.assert(
      fc.property(requirement, labels, (one, labels) => {
        const holds = (operator: string) =>
          admitsNode(
            { containers: [], ...requiring({ matchExpressions: [{ ...one, operator }] }) },
            { name: 'x', labels },
          )
        const [is, isOpposite] = [holds(one.operator), holds(opposites[one.operator as keyof typeof opposites])]
        return one.operator === 'Gt' || one.operator === 'Lt' ? !(is && isOpposite) : is !== isOpposite
      }),
    )
  },
)

t.test('terms are joined by or, requirements by and', async () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 3 }), labels, (terms, labels) => {
      const admits = (...all: readonly (readonly Requirement[])[]) =>
        admitsNode(
          { containers: [], ...requiring(...all.map((matchExpressions) => ({ matchExpressions }))) },
          { name: 'x', labels },
        )
      return admits(...terms) === terms.some((all) => all.every((each) => admits([each])))
    }),
  )
})
