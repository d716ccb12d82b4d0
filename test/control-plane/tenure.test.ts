import t from 'tap'
import { surveyPods } from '../../control-plane/survey.ts'
import type { Labels } from '../../policy/label-selector.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { at, type PodSketch, pod, second } from './pods.ts'

interface Sight {
  readonly policies: Readonly<Record<string, Partial<InjectionPolicy>>>
  readonly pod?: PodSketch
  readonly namespaceLabels?: Labels
}

/** What becomes of a pod that has no sidecar, under policies in their order that are older than it. */
function verdictOf({ policies, pod: sketch = {}, namespaceLabels = { name: 'shop' } }: Sight): string {
  const { missed } = surveyPods({
    pods: [pod(sketch)],
    policies: Object.entries(policies).map(([name, policy]) => ({
      name,
      policy: { ...defaultPolicy, inject: 'always', ...policy },
    })),
    selections: new Map(),
    namespaceOf: (name) => ({ name, version: '1', labels: namespaceLabels, createdMs: at - second, labelledMs: {} }),
    ownNamespace: 'ours',
  })
  const [found] = missed
  return found ? `missed by ${found.policyName}${found.isSure ? '' : ', perhaps'}` : 'not missed'
}

type Selector = InjectionPolicy['podSelector']

const labelled = (key: string, value: string): Selector => ({
  matchLabels: { [key]: value },
  matchExpressions: [],
})
const unlabelled = (key: string): Selector => ({
  matchLabels: {},
  matchExpressions: [{ key, operator: 'DoesNotExist', values: [] }],
})
const notIn = (key: string, value: string): Selector => ({
  matchLabels: {},
  matchExpressions: [{ key, operator: 'NotIn', values: [value] }],
})

const masters = { podSelector: labelled('role', 'master') }
const master = { labels: { app: 'pg', role: 'master' } }

t.test('a pod that an operator has labelled since is not missed, and a replacement would not be', async (t) => {
  t.equal(verdictOf({ policies: { masters }, pod: master }), 'missed by masters', 'the label is of its template')
  t.equal(verdictOf({ policies: { masters }, pod: { ...master, laterMs: { role: at + second } } }), 'not missed')
  const others = { ...master, laterMs: { app: at + second } }
  t.equal(verdictOf({ policies: { masters }, pod: others }), 'missed by masters', 'another label does not matter')
})

t.test('nor is one that a policy before it has let go since', async (t) => {
  const policies = { off: { mode: 'Off' as const, podSelector: labelled('role', 'replica') }, all: {} }
  t.equal(verdictOf({ policies, pod: master }), 'missed by all')
  t.equal(verdictOf({ policies, pod: { ...master, laterMs: { role: at + second } } }), 'not missed')
})

t.test('where nobody knows when a label was written, nobody is evicted', async (t) => {
  t.equal(verdictOf({ policies: { masters }, pod: { ...master, isManaged: false } }), 'missed by masters, perhaps')
  t.equal(verdictOf({ policies: { all: {} }, pod: { isManaged: false } }), 'missed by all', 'no label counts')
})

t.test('a label that is not there may have been taken away: where that selects, nobody is evicted', async (t) => {
  const perhaps = 'missed by some, perhaps'
  for (const selector of [unlabelled('team'), notIn('team', 'shop')]) {
    t.equal(verdictOf({ policies: { some: { namespaceSelector: selector } } }), perhaps)
    t.equal(verdictOf({ policies: { some: { podSelector: selector } } }), perhaps)
  }
  const namespaceSelector = notIn('name', 'kube-public')
  t.equal(verdictOf({ policies: { some: { namespaceSelector } } }), 'missed by some', 'it has another value')
})

t.test('so is it where a policy before it may have spared the pod, and only there', async (t) => {
  const under = (first: Partial<InjectionPolicy>) => verdictOf({ policies: { first, rest: {} } })
  const selectors: Partial<InjectionPolicy>[] = [
    { namespaceSelector: labelled('team', 'x') },
    { podSelector: labelled('team', 'x') },
  ]
  for (const selector of selectors) {
    t.equal(under({ ...selector, mode: 'Off' }), 'missed by rest, perhaps')
    t.equal(under({ ...selector, inject: 'asked' }), 'missed by rest, perhaps')
    t.equal(under(selector), 'missed by rest', 'it would have had it injected, too')
  }
  const podSelector = labelled('app', 'legacy')
  t.equal(under({ podSelector, mode: 'Off' }), 'missed by rest', 'the pod has another value')
})
