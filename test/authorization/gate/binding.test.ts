import t from 'tap'
import { findRefusal } from '../../../authorization/gate/binding.ts'

const bindings = [
  { namespaces: ['shop'], serviceAccounts: ['*'], applications: ['orders'], resources: ['mysql:orders'] },
  { namespaces: ['shop', 'test-*'], serviceAccounts: ['cache'], applications: ['*'], resources: ['redis:*'] },
]
const question = { namespace: 'shop', serviceAccount: 'cache', application: 'orders', resources: ['mysql:orders'] }

const rows = [
  ['what one binding gives', {}, true],
  ['what two bindings give together', { resources: ['mysql:orders', 'redis:sessions'] }, true],
  ['a resource of no binding', { resources: ['mysql:orders', 'kafka:orders'] }, false],
  ['another service account', { serviceAccount: 'default', resources: ['redis:sessions'] }, false],
  ['another application', { application: 'payments', resources: ['mysql:orders'] }, false],
  ['a namespace by a pattern', { namespace: 'test-7', application: 'payments', resources: ['redis:x'] }, true],
  ['another namespace', { namespace: 'prod' }, false],
] as const

for (const [what, changes, isAllowed] of rows) {
  t.test(`${what} is ${isAllowed ? 'allowed' : 'refused'}`, async (t) => {
    t.equal(findRefusal(bindings, { ...question, ...changes }) === undefined, isAllowed)
  })
}

t.test('without bindings nobody gets anything, and the sentence says what is missing', async (t) => {
  t.match(findRefusal([], question), /no binding .* service account cache of namespace shop .* application orders/)
  t.match(findRefusal(bindings, { ...question, resources: ['kafka:x'] }), /gives kafka:x to application orders/)
})
