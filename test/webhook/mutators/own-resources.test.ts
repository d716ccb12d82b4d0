import t from 'tap'
import { defaultPolicy, type InjectionPolicy } from '../../../policy/schema/injection-policy.ts'
import type { RawPod, RawResources } from '../../../policy/schema/pod.ts'
import { isGuaranteed, ownResources } from '../../../webhook/mutators/own-resources.ts'

const whole = { cpu: '1', memory: '1Gi' }
const pod = (...resources: RawResources[]) => ({
  metadata: {},
  spec: { containers: resources.map((each) => ({ name: 'x', resources: each })) },
})

t.test('a pod is Guaranteed where every container has equal requests and limits of both', async (t) => {
  t.equal(isGuaranteed(pod({ limits: whole, requests: whole })), true)
  t.equal(isGuaranteed(pod({ limits: whole })), true, 'requests default to limits')
  t.equal(isGuaranteed(pod({ limits: whole, requests: { cpu: '1000m', memory: '1024Mi' } })), true, 'other spellings')
  const spelled = { limits: { cpu: '1', memory: '1e9' }, requests: { cpu: '1e0', memory: '1G' } }
  t.equal(isGuaranteed(pod(spelled)), true, 'exponents')
  t.equal(isGuaranteed(pod({ limits: { cpu: '1', memory: '1Ei' } })), true, 'large suffixes')
  t.equal(isGuaranteed(pod({ limits: { cpu: '0', memory: '1Gi' } })), false, 'a limit of 0 is none')
  t.equal(isGuaranteed(pod({ limits: whole }, {})), false)
  t.equal(isGuaranteed(pod({ limits: { cpu: '1' } })), false)
  t.equal(isGuaranteed(pod({ limits: whole, requests: { cpu: '500m' } })), false)
  t.equal(isGuaranteed(pod({ requests: whole })), false)
})

t.test("init containers count, and the pod's own resources count alone", async (t) => {
  const { spec } = pod({ limits: whole })
  t.equal(isGuaranteed({ metadata: {}, spec: { ...spec, initContainers: [{ name: 'i' }] } }), false)
  t.equal(isGuaranteed({ metadata: {}, spec: { ...pod({}).spec, resources: { limits: whole } } }), true)
  t.equal(isGuaranteed({ metadata: {}, spec: { ...spec, resources: { requests: whole } } }), false)
})

t.test('ours are limited where every container of the pod is', async (t) => {
  const limitsOf = (pod: RawPod, resources: Partial<InjectionPolicy['resources']> = {}) =>
    ownResources(pod, { ...defaultPolicy, resources: { ...defaultPolicy.resources, ...resources } }).limits
  const limited = { limits: { cpu: '1' }, requests: { cpu: '100m' } }
  t.strictSame(limitsOf(pod(limited)), { memory: '128Mi', cpu: '250m' })
  t.strictSame(limitsOf(pod(limited, {})), { memory: '128Mi' }, 'one container is not limited')
  t.strictSame(limitsOf(pod(limited), { limits: { cpu: '2' } }), { cpu: '2' }, 'the policy has a limit of its own')
  t.strictSame(limitsOf(pod(limited), { requests: { cpu: '300m' } }), { memory: '128Mi', cpu: '300m' })
  t.strictSame(limitsOf(pod({ limits: { memory: '1Gi' } }), { limits: {} }), { memory: '128Mi' })
  const unlimitedInit = { ...pod(limited).spec, initContainers: [{ name: 'i' }] }
  t.strictSame(limitsOf({ metadata: {}, spec: unlimitedInit }), { memory: '128Mi' }, 'init containers count')
})

t.test('ours have limits equal to requests in a Guaranteed pod, and no limit on CPU elsewhere', async (t) => {
  const { requests, limits } = ownResources(pod({ limits: whole }), defaultPolicy)
  t.strictSame(requests, limits)
  t.strictSame(Object.keys(limits), ['cpu', 'memory'])
  t.strictSame(Object.keys(ownResources(pod({}), defaultPolicy).limits), ['memory'])
})
