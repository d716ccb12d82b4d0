import t from 'tap'
import { policyStatus } from '../../control-plane/policy-status.ts'
import { readStops, type Stop } from '../../control-plane/stops.ts'
import type { Missed } from '../../control-plane/survey.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { at, pod, second } from './pods.ts'

interface Sight {
  readonly repair?: 'report' | 'evict'
  readonly injectedMs?: number
  readonly status?: unknown
  readonly before?: ReadonlyMap<string, Stop>
  readonly futile?: readonly Missed[]
}

const missed = (name: string, createdMs = at, policyName = 'shops'): Missed => ({
  pod: pod({ name, createdMs }),
  policyName,
  policy: defaultPolicy,
  isSure: true,
})

function stopsIn({ repair = 'evict', injectedMs, status, before = new Map(), futile = [] }: Sight) {
  const tally = { injected: 0, missed: 1, missedPods: [], injectedMs, lastProblem: undefined }
  return readStops([{ name: 'shops', policy: { ...defaultPolicy, repair } }], {
    tallies: new Map([['shops', tally]]),
    statusOf: () => status,
    before,
    futile,
  })
}

const stopped = stopsIn({ futile: [missed('a', at + second), missed('b')] })
const tally = { injected: 1, missed: 1, missedPods: [], lastProblem: undefined }
const status = policyStatus(tally, { digest: 'd', sinceMs: at }, stopped.get('shops'))

t.test('a replacement that was missed stops the evictions of its policy, and of no other', async (t) => {
  t.match(stopped.get('shops'), { reason: 'EvictionsStopped', namespace: 'shop', pod: 'a', atMs: at + second })
  t.equal(stopsIn({ futile: [missed('a', at, 'others')] }).size, 0)
  t.equal(stopsIn({}).size, 0)
})

t.test('the policy says so, and what to do', async (t) => {
  t.match(status.lastProblem, { reason: 'EvictionsStopped', namespace: 'shop', pod: 'a' })
  t.match(status.lastProblem?.message, /then delete a pod of this policy: once one is injected, evictions go on\.$/)
})

t.test('it holds when the pod is gone, and for the control plane that comes next', async (t) => {
  t.same(stopsIn({ before: stopped }), stopped)
  t.same(stopsIn({ status }), stopped)
  t.equal(stopsIn({ status: { lastProblem: { ...status.lastProblem, reason: 'InjectionMissed' } } }).size, 0)
})

t.test('it ends with a younger pod that was injected, although the replacement is still there', async (t) => {
  const futile = [missed('a', at + second)]
  t.equal(stopsIn({ before: stopped, status, futile, injectedMs: at + 2 * second }).size, 0)
  t.equal(stopsIn({ before: stopped, injectedMs: at + second }).size, 1, 'of the same second nobody knows')
  t.equal(stopsIn({ before: stopped, injectedMs: at }).size, 1, 'an older one proves nothing')
})

t.test('it ends when the policy only reports', async (t) => {
  t.equal(stopsIn({ repair: 'report', before: stopped, status }).size, 0)
})
