import fc from 'fast-check'
import t from 'tap'
import { noCluster } from '../../policy/lxcfs/surroundings.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import { addedGraceSeconds, findShortGrace, offlineLimitSeconds, ownGraceSeconds } from '../../webhook/grace-period.ts'
import { planInjection } from '../../webhook/injection.ts'

const pod = (spec: Partial<RawPod['spec']> = {}): RawPod => ({
  metadata: {},
  spec: { containers: [{ name: 'app', readinessProbe: { tcpSocket: { port: 80 } } }], ...spec },
})

function settingsOf(maxMs: number, postOfflineMs: number) {
  const drain = { ...defaultPolicy.drain, min: 0, max: maxMs }
  const hooks = { ...defaultPolicy.hooks, timeouts: { ...defaultPolicy.hooks.timeouts, postOffline: postOfflineMs } }
  const policy = { ...defaultPolicy, drain, hooks }
  const plan = planInjection({ pod: pod(), namespace: 'shop', policy, lxcfs: noCluster })
  if (plan instanceof Error) throw plan
  return plan.settings
}

const refusing = { ...defaultPolicy, terminationGracePeriod: 'refuse' } as const

t.test('what fits is let through, and one second less is not', async (t) => {
  fc.assert(
    fc.property(fc.nat(3_600_000), fc.nat(3_600_000), (maxMs, postOfflineMs) => {
      const settings = settingsOf(maxMs, postOfflineMs)
      const needed = addedGraceSeconds(settings) + 1
      t.ok(offlineLimitSeconds(settings) * 1000 >= maxMs + postOfflineMs)
      const problem = (seconds: number) =>
        findShortGrace(pod({ terminationGracePeriodSeconds: seconds }), settings, refusing)
      t.equal(problem(needed), undefined)
      t.match(problem(needed - 1), { code: 'GracePeriodTooShort', finding: { expected: `at least ${needed}` } })
    }),
  )
})

t.test('the time of announcers is in it', async (t) => {
  const request = { method: 'PUT', url: 'http://a/' } as const
  const announcer = (timeoutMs: number) => ({ name: 'a', timeoutMs, online: request, offline: request })
  const announcing = { port: 1, announcers: [announcer(1000), announcer(2000)] }
  const settings = settingsOf(20_000, 4000)
  t.equal(
    offlineLimitSeconds({ ...settings, announcing }) - offlineLimitSeconds(settings),
    5,
    'twice 2 s, and half a second',
  )
})

t.test('a period that is not set is the one of Kubernetes', async (t) => {
  for (const unset of [undefined, null]) {
    const bare = pod({ terminationGracePeriodSeconds: unset })
    t.equal(ownGraceSeconds(bare), 30)
    t.equal(findShortGrace(bare, settingsOf(18_000, 4000), refusing), undefined)
    t.match(findShortGrace(bare, settingsOf(18_000, 4001), refusing)?.finding, { found: 'unset, so 30' })
  }
})

t.test('where the policy raises it, nothing is too short', async (t) => {
  t.equal(
    findShortGrace(pod({ terminationGracePeriodSeconds: 0 }), settingsOf(60_000, 60_000), defaultPolicy),
    undefined,
  )
})
