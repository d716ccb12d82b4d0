import t from 'tap'
import { hearPod } from '../../policy/overrides.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { podSchema } from '../../policy/schema/pod.ts'

const podWith = (annotations: Record<string, string>, labels = {}) =>
  podSchema.parse({ metadata: { annotations, labels }, spec: { containers: [{ name: 'app' }] } })

const spoken = podWith({ 'greenroom.dev/drain': 'min=1s', 'greenroom.dev/pre-online': 'x', other: 'kept' })

t.test('a policy that lets pods say everything hands the pod back itself', async (t) => {
  t.equal(hearPod(spoken, defaultPolicy).pod, spoken)
})

t.test('what the policy does not let pods say is taken out and told, and nothing else', async (t) => {
  const { pod, problems } = hearPod(spoken, { ...defaultPolicy, overrides: ['pre-*'] })
  t.same(pod.metadata.annotations, { 'greenroom.dev/pre-online': 'x', other: 'kept' })
  t.match(problems, [
    {
      code: 'AnnotationNotAllowed',
      message:
        'AnnotationNotAllowed: annotation greenroom.dev/drain is "min=1s", expected what the policy lets pods say. ' +
        'Remove it, or have the policy changed: its overrides are pre-*.',
    },
  ])
  t.equal(problems.length, 1)
  t.same(spoken.metadata.annotations?.['greenroom.dev/drain'], 'min=1s', 'the pod that came is as it was')
})

t.test('keys that nobody knows are left for who looks for typos', async (t) => {
  const { problems } = hearPod(podWith({ 'greenroom.dev/drian': 'x' }), { ...defaultPolicy, overrides: [] })
  t.same(problems, [])
})

t.test('that a pod asks, or opts out, is no matter of overrides', async (t) => {
  for (const inject of ['true', 'false'])
    t.same(hearPod(podWith({ 'greenroom.dev/inject': inject }), { ...defaultPolicy, overrides: [] }).problems, [])
})

t.test('optOut is about "false" only, as annotation and as label', async (t) => {
  const policy = { ...defaultPolicy, optOut: false }
  t.same(hearPod(podWith({ 'greenroom.dev/inject': 'true' }), policy).problems, [])
  for (const pod of [podWith({ 'greenroom.dev/inject': 'false' }), podWith({}, { 'greenroom.dev/inject': 'false' })]) {
    const { pod: heard, problems } = hearPod(pod, policy)
    t.same([heard.metadata.annotations, heard.metadata.labels], [{}, {}])
    t.match(problems[0]?.message, /Remove it, or have the policy changed: its optOut is false\.$/)
  }
})
