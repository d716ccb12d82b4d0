import fc from 'fast-check'
import t from 'tap'
import { byPrecedence, choosePolicy, type NamedPolicy } from '../../policy/choose-policy.ts'
import { parsePolicyObject } from '../../policy/schema/parse-policy.ts'

const named = (name: string, spec: object): NamedPolicy => ({
  name,
  policy: parsePolicyObject(
    { apiVersion: 'greenroom.dev/v1alpha1', kind: 'InjectionPolicy', metadata: { name }, spec },
    name,
  ),
})

const all = named('all', {})
const shop = named('shop', { priority: 10, namespaceSelector: { matchLabels: { team: 'shop' } } })
const jobs = named('jobs', {
  priority: 10,
  podSelector: { matchExpressions: [{ key: 'kind', operator: 'In', values: ['job'] }] },
})
const off = named('off', { priority: 1_000_000, mode: 'Off' })

const choose = (policies: readonly NamedPolicy[], team: string, kind: string) =>
  choosePolicy(policies.toSorted(byPrecedence), { namespaceLabels: { team }, podLabels: { kind } })?.name

t.test('the highest priority that selects the pod holds, then the first by name', async (t) => {
  const policies = [all, shop, jobs]
  t.equal(choose(policies, 'other', 'web'), 'all')
  t.equal(choose(policies, 'shop', 'web'), 'shop')
  t.equal(choose(policies, 'other', 'job'), 'jobs')
  t.equal(choose(policies, 'shop', 'job'), 'jobs', 'of equal ones the first by name')
  t.equal(choose([...policies, off], 'shop', 'job'), 'off')
  t.equal(choose([shop], 'other', 'web'), undefined)
})

t.test('the order in which policies came does not matter', async () => {
  const shuffled = fc.shuffledSubarray([all, shop, jobs, off], { minLength: 4 })
  fc.assert(fc.property(shuffled, (policies) => choose(policies, 'shop', 'job') === 'off'))
})
