import t from 'tap'
import { isForEviction, surveyPods } from '../../control-plane/survey.ts'
import { defaultPolicy, type InjectionPolicy } from '../../policy/schema/injection-policy.ts'
import { at, type PodSketch, pod, record, second } from './pods.ts'

const shops = { matchLabels: { team: 'shop' }, matchExpressions: [] }

interface Sight {
  readonly policy?: Partial<InjectionPolicy>
  readonly labelledMs?: number | null
}

/** Surveys pods under one policy `shops` of `inject: always`, which has held for a while. */
function survey(sketches: readonly PodSketch[], { policy, labelledMs = at - 60 * second }: Sight = {}) {
  const namespace = (name: string) => ({
    name,
    version: '1',
    labels: { team: 'shop' },
    createdMs: at - 90 * second,
    labelledMs: { team: labelledMs },
  })
  return surveyPods({
    pods: sketches.map((sketch, index) => pod({ name: `pod-${index}`, ...sketch })),
    policies: [{ name: 'shops', policy: { ...defaultPolicy, inject: 'always', ...policy } }],
    selections: new Map([['shops', { digest: 'd', sinceMs: at - 60 * second }]]),
    namespaceOf: (name) => (name === 'unknown' ? undefined : namespace(name)),
    ownNamespace: 'ours',
  })
}

const injected = { isInjected: true, annotations: record('inject', 'Injected', { policy: 'shops' }) }

t.test('pods are counted by the policy that decided, and missed ones by the one that holds', async (t) => {
  const elsewhere = { isInjected: true, annotations: record('inject', 'Injected', { policy: 'gone' }) }
  const { missed, tallies } = survey([
    injected,
    { isInjected: true },
    elsewhere,
    {},
    { isDeleting: true },
    { phase: 'Failed' },
  ])
  t.match(tallies.get('shops'), { injected: 2, missed: 1 })
  t.match(missed, [{ pod: { name: 'pod-3' }, policyName: 'shops' }])
  t.same([...tallies.keys()], ['shops'])
})

t.test('the newest pod that the webhook has injected is told', async (t) => {
  const { tallies } = survey([
    injected,
    { ...injected, createdMs: at + second },
    { isInjected: true, createdMs: at + 9 * second },
  ])
  t.equal(tallies.get('shops')?.injectedMs, at + second, 'one without its record says nothing of it')
  t.equal(survey([{}]).tallies.get('shops')?.injectedMs, undefined)
})

t.test('a pod that asks where no policy selects it is missed all the same', async (t) => {
  const policy = { podSelector: { matchLabels: { app: 'other' }, matchExpressions: [] } }
  const { missed } = survey([{ annotations: { 'greenroom.dev/inject': 'true' } }, {}], { policy })
  t.match(missed, [{ pod: { name: 'pod-0' }, policyName: undefined }])
  t.equal(missed.length, 1)
})

t.test('a namespace that is not known yet is waited for', async (t) => {
  t.same(survey([{ namespace: 'unknown' }]).missed, [])
})

t.test('a label that was put on the namespace later makes nobody missed', async (t) => {
  const policy = { namespaceSelector: shops }
  t.equal(survey([{}], { policy }).missed.length, 1)
  t.same(survey([{}], { policy, labelledMs: at }).missed, [])
  t.match(survey([{}], { policy, labelledMs: null }).missed, [{ isSure: false }], 'nobody knows when')
  t.match(survey([{}], { labelledMs: null }).missed, [{ isSure: true }])
  t.equal(survey([{}], { labelledMs: at }).missed.length, 1, 'a policy that does not look at it holds as before')
})

t.test('only with evict, and only who was surely to be injected when it was created, is for eviction', async (t) => {
  const namespaceSelector = {
    matchLabels: {},
    matchExpressions: [{ key: 'quiet', operator: 'DoesNotExist' as const, values: [] }],
  }
  const chosen = (policy: Partial<InjectionPolicy>) => survey([{}], { policy }).missed.map(isForEviction)
  t.same(chosen({}), [false])
  t.same(chosen({ repair: 'evict' }), [true])
  t.same(chosen({ repair: 'evict', namespaceSelector }), [false], 'the label may have been there')
})

t.test('the first twenty that are missed are named, in the order of their names', async (t) => {
  const { tallies } = survey([{ name: 'b' }, { name: 'a' }, injected])
  t.same(tallies.get('shops')?.missedPods, ['shop/a', 'shop/b'])
  t.equal(survey(Array.from({ length: 50 }, () => ({}))).tallies.get('shops')?.missedPods.length, 20)
  t.same(survey([injected]).tallies.get('shops')?.missedPods, [])
})

t.test('the last problem is that of the newest pod that has one', async (t) => {
  const skipped = (createdMs: number) => ({
    createdMs,
    annotations: record('skip', 'CheckurlMissing', { policy: 'shops' }),
  })
  const { tallies } = survey([skipped(at), skipped(at + second), { createdMs: at - second }, injected])
  t.match(tallies.get('shops')?.lastProblem, {
    reason: 'CheckurlMissing',
    pod: 'pod-1',
    namespace: 'shop',
    atMs: at + second,
  })
  t.match(survey([{}, skipped(at - second)]).tallies.get('shops')?.lastProblem, {
    reason: 'InjectionMissed',
    pod: 'pod-0',
  })
  t.equal(survey([injected]).tallies.get('shops')?.lastProblem, undefined)
})

t.test('the order of the pods does not matter', async (t) => {
  const pods = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  t.same(survey(pods).tallies, survey(pods.toReversed()).tallies)
})
