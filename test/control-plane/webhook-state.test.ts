import t from 'tap'
import { isSent, webhookReadyMs } from '../../control-plane/webhook-state.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { at, type PodSketch, pod, second } from './pods.ts'

const replica = (sketch: PodSketch = {}) =>
  pod({ namespace: 'ours', labels: { 'app.kubernetes.io/component': 'webhook' }, readyMs: at, ...sketch })

t.test('a webhook has been there since the first of those that are Ready now', async (t) => {
  t.equal(webhookReadyMs([replica({ readyMs: at + second }), replica()], 'ours'), at)
  t.equal(webhookReadyMs([], 'ours'), undefined)
  const others = [
    replica({ isReady: false }),
    replica({ isDeleting: true }),
    replica({ namespace: 'shop' }),
    replica({ labels: { 'app.kubernetes.io/component': 'gate' } }),
  ]
  t.equal(webhookReadyMs(others, 'ours'), undefined)
})

t.test('a pod would be sent where all entries are there that it may need', async (t) => {
  const asked = { policyName: 'a', policy: defaultPolicy }
  const always = { policyName: 'a', policy: { ...defaultPolicy, inject: 'always' } as const }
  const [none, mine] = [new Set<string>(), new Set(['a'])]
  t.ok(isSent(asked, { asking: true, policies: none }))
  t.ok(isSent({ ...asked, policyName: undefined }, { asking: true, policies: none }))
  t.notOk(isSent(asked, { asking: false, policies: mine }))
  t.ok(isSent(always, { asking: true, policies: mine }))
  t.notOk(isSent(always, { asking: true, policies: none }))
})
