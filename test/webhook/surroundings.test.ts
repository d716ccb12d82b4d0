import t from 'tap'
import { podSecurityLabel } from '../../policy/lxcfs/surroundings.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { createSetupFinder } from '../../webhook/setup-finder.ts'
import { createSurroundings } from '../../webhook/surroundings.ts'

const one = [{ name: 'node-1', labels: {} }]
const restricted = { [podSecurityLabel]: 'restricted' }

t.test('one object for each level and the same nodes', async (t) => {
  let nodes = one
  const labels: Record<string, Record<string, string>> = { shop: {}, bank: {}, vault: restricted }
  const find = createSurroundings({ nodes: () => nodes, labelsOf: (namespace) => labels[namespace] ?? {} })
  const shop = find('shop')
  t.strictSame(shop, { podSecurity: 'privileged', nodes })
  t.equal(find('bank'), shop)
  t.strictSame(find('vault'), { podSecurity: 'restricted', nodes })
  t.equal(find('vault'), find('vault'))
  labels.shop = restricted
  t.equal(find('shop'), find('vault'))
  nodes = []
  t.not(find('bank'), shop)
  t.equal(find('bank'), find('bank'))
})

t.test('a namespace that is younger than the copy leads to the same object', async (t) => {
  const labelsOf = (namespace: string) => (namespace === 'new' ? Promise.resolve({}) : {})
  const find = createSurroundings({ nodes: () => one, labelsOf })
  t.equal(await find('new'), find('old'))
})

t.test('one setup for each policy and its surroundings, also where either has to be asked for', async (t) => {
  const policies = { default: { policy: defaultPolicy }, other: { name: 'other', policy: defaultPolicy } }
  let found: (typeof policies)['default' | 'other'] = policies.default
  let nodes = one
  const shared = { image: 'greenroom', version: '0', namespace: 'ours', drawToken: () => 'token' }
  const surroundings = createSurroundings({
    nodes: () => nodes,
    labelsOf: (namespace) => (namespace === 'new' ? Promise.resolve({}) : {}),
  })
  const find = createSetupFinder({ find: () => found, surroundings }, shared)
  const first = find({}, 'shop')
  t.match(first, { image: 'greenroom', lxcfs: { podSecurity: 'privileged', nodes: one }, policyName: undefined })
  t.equal(find({}, 'shop'), first)
  t.equal(await find({}, 'new'), first)
  const asking = createSetupFinder({ find: async () => found, surroundings }, shared)
  t.equal(await asking({}, 'new'), await asking({}, 'shop'))
  found = policies.other
  const other = find({}, 'shop')
  t.match(other, { policyName: 'other' })
  found = policies.default
  t.equal(find({}, 'shop'), first)
  nodes = [...one]
  t.not(find({}, 'shop'), first)
})
