import t from 'tap'
import { defaultPolicy, type InjectionPolicy } from '../../../policy/schema/injection-policy.ts'
import { parsePolicy } from '../../../policy/schema/parse-policy.ts'
import type { RawPod, RawResources } from '../../../policy/schema/pod.ts'
import { isGuaranteed, ownResources } from '../../../webhook/mutators/own-resources.ts'
import { pass } from '../support/pass.ts'

const whole = { cpu: '1', memory: '1Gi' }
const pod = (...resources: RawResources[]) => ({
  metadata: {},
  spec: { containers: resources.map((each) => ({ name: 'x', resources: each })) },
})

const policyOf = (resources: string) =>
  parsePolicy(
    `{ apiVersion: greenroom.dev/v1alpha1, kind: InjectionPolicy, metadata: { name: x }, spec: { resources: ${resources} } }`,
    'x',
  )

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

t.test("a pod's own resources that are empty count for nothing", async (t) => {
  for (const resources of [{}, { requests: {}, limits: {} }, { claims: [] }]) {
    const guaranteed = { metadata: {}, spec: { ...pod({ limits: whole }).spec, resources } }
    t.equal(isGuaranteed(guaranteed), true)
    t.strictSame(ownResources(guaranteed, defaultPolicy).limits, defaultPolicy.resources.guaranteed)
  }
})

t.test('ours are limited where every container of the pod is', async (t) => {
  const limitsOf = (pod: RawPod, spec = '{}') => ownResources(pod, policyOf(spec)).limits
  const limited = { limits: { cpu: '1' }, requests: { cpu: '100m' } }
  t.strictSame(limitsOf(pod(limited)), { memory: '128Mi', cpu: '250m' })
  t.strictSame(limitsOf(pod(limited, {})), { memory: '128Mi' }, 'one container is not limited')
  t.strictSame(
    limitsOf(pod(limited), '{ limits: { cpu: "2" } }'),
    { cpu: '2', memory: '128Mi' },
    'the policy has a limit of its own',
  )
  t.strictSame(limitsOf(pod(limited), '{ requests: { cpu: 300m } }'), { memory: '128Mi', cpu: '300m' })
  t.strictSame(limitsOf(pod({ limits: { memory: '1Gi' } }), '{ limits: { memory: none } }'), { memory: '128Mi' })
  const unlimitedInit = { ...pod(limited).spec, initContainers: [{ name: 'i' }] }
  t.strictSame(limitsOf({ metadata: {}, spec: unlimitedInit }), { memory: '128Mi' }, 'init containers count')
})

t.test('what a policy leaves out of resources has its default, and none is none', async (t) => {
  const burstable = pod({ requests: { cpu: '1' } })
  const resourcesOf = (spec: string) => ownResources(burstable, policyOf(spec))
  t.strictSame(resourcesOf('{ requests: { memory: 32Mi } }'), {
    requests: { cpu: '10m', memory: '32Mi' },
    limits: { memory: '128Mi' },
  })
  t.strictSame(resourcesOf('{ limits: { cpu: 500m, memory: none } }'), {
    requests: { cpu: '10m', memory: '24Mi' },
    limits: { cpu: '500m' },
  })
  t.strictSame(resourcesOf('{ requests: { cpu: none } }').requests, { memory: '24Mi' })
  const guaranteed = ownResources(pod({ limits: whole }), policyOf('{ guaranteed: { memory: 96Mi } }'))
  t.strictSame(guaranteed.limits, { cpu: '250m', memory: '96Mi' })
})

t.test('ours have limits equal to requests in a Guaranteed pod, and no limit on CPU elsewhere', async (t) => {
  const { requests, limits } = ownResources(pod({ limits: whole }), defaultPolicy)
  t.strictSame(requests, limits)
  t.strictSame(Object.keys(limits ?? {}), ['cpu', 'memory'])
  const burstable = ownResources(pod({ requests: { cpu: '1' } }), defaultPolicy)
  t.strictSame(Object.keys(burstable.limits ?? {}), ['memory'])
})

t.test('ours have neither in a BestEffort pod, which would no longer be one', async (t) => {
  const resourcesIn = (...resources: RawResources[]) => ownResources(pod(...resources), defaultPolicy)
  t.strictSame(resourcesIn({}), {})
  t.strictSame(resourcesIn(null, { requests: null, limits: {} }), {})
  t.strictSame(resourcesIn({ requests: { cpu: '0', 'example.com/gpu': '1' }, limits: { memory: 0 } }), {})
  t.not(resourcesIn({}, { limits: { cpu: '1n' } }).requests, undefined)
  const inits = { ...pod({}).spec, initContainers: [{ name: 'i', resources: { requests: { memory: '1' } } }] }
  t.not(ownResources({ metadata: {}, spec: inits }, defaultPolicy).requests, undefined, 'init containers count')
  const whole = { ...pod({}).spec, resources: { requests: { memory: '1' } } }
  t.not(ownResources({ metadata: {}, spec: whole }, defaultPolicy).requests, undefined, 'so does the pod as a whole')
})

t.test('resources of the pod leave room for the authorization beside the sidecar', async (t) => {
  const authorization = { ...defaultPolicy.authorization, endpoint: 'http://a', resources: ['mysql:orders'] }
  const raised = (policy: InjectionPolicy, resources: RawResources) => {
    const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': ':1/' }
    return pass({ metadata: { annotations }, spec: { ...pod({}).spec, resources } }, 'token', policy).pod.spec.resources
  }
  const little = { requests: { cpu: '5m', memory: '1Gi' }, limits: { cpu: '5m' } }
  const least = { requests: { cpu: '15m', memory: '1048Mi' }, limits: { cpu: '15m' } }
  t.strictSame(raised(defaultPolicy, little), least)
  const withAuthorization = { requests: { cpu: '20m', memory: '1048Mi' }, limits: { cpu: '20m' } }
  t.strictSame(raised({ ...defaultPolicy, authorization }, little), withAuthorization)
})
