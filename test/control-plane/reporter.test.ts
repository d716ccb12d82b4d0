import t from 'tap'
import { eventName, type PodEvent } from '../../control-plane/pod-event.ts'
import { createReporter } from '../../control-plane/reporter.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { type PodSketch, pod } from './pods.ts'

const missed = (sketch: PodSketch = {}, repair: 'report' | 'evict' = 'report') => ({
  pod: pod(sketch),
  policyName: 'shops',
  policy: { ...defaultPolicy, repair },
  isSure: true,
})

class ApiError extends Error {
  readonly body = '{}'
  readonly code: number
  constructor(code: number) {
    super(`HTTP ${code}`)
    this.code = code
  }
}

function createStage() {
  const events: (PodEvent & { readonly pod: string })[] = []
  const reported: string[] = []
  const errors: unknown[] = []
  const state: { failure: Error | undefined; isLeading: boolean } = { failure: undefined, isLeading: true }
  const report = createReporter({
    writeEvent: async ({ name }, event) => {
      if (state.failure) throw state.failure
      events.push({ ...event, pod: name })
    },
    isLeading: () => state.isLeading,
    onReport: (each) => reported.push(each.pod.name),
    onError: (error) => errors.push(error),
  })
  return { report, events, reported, errors, state }
}

t.test('a missed pod is reported once, however often it is seen', async (t) => {
  const { report, events, reported } = createStage()
  for (let round = 0; round < 3; round += 1) await report([missed()])
  t.same(reported, ['orders-1'])
  t.match(events, [{ type: 'Warning', reason: 'InjectionMissed', pod: 'orders-1' }])
})

t.test('the event says whose it is and what to do', async (t) => {
  const { report, events } = createStage()
  const owner = { kind: 'ReplicaSet', uid: 'rs' }
  await report([
    missed({ name: 'a' }),
    missed({ name: 'b', owner }),
    missed({ name: 'c', owner }, 'evict'),
    { ...missed({ name: 'd', owner }, 'evict'), isSure: false },
  ])
  t.match(
    events[0]?.message,
    /no webhook answered when it was created\. Policy shops holds for it\. Delete it, and create it anew\.$/,
  )
  t.match(events[1]?.message, /Delete it, and its controller makes one with Greenroom\.$/)
  t.match(events[2]?.message, /it is evicted in its turn\.$/)
  t.match(events[3]?.message, /It is not evicted, for labels that have come or gone since may be why\./)
})

t.test('thousands are reported a few at a time', async (t) => {
  const { report, reported } = createStage()
  const many = Array.from({ length: 120 }, (_, index) => missed({ name: `pod-${index}` }))
  await report(many)
  t.equal(reported.length, 50)
  await report(many)
  await report(many)
  t.equal(new Set(reported).size, 120)
})

t.test('an API server that is away is asked again, one that refuses is not', async (t) => {
  const { report, reported, errors, state } = createStage()
  state.failure = new Error('ECONNREFUSED')
  await report([missed({ name: 'a' })])
  state.failure = new ApiError(403)
  await report([missed({ name: 'a' }), missed({ name: 'b' })])
  state.failure = undefined
  await report([missed({ name: 'a' }), missed({ name: 'b' }), missed({ name: 'c' })])
  t.same(reported, ['c'])
  t.equal(errors.length, 3)
})

t.test('who leads no more reports no more', async (t) => {
  const { report, events, state } = createStage()
  state.isLeading = false
  await report([missed()])
  t.same(events, [])
})

t.test("an event's name is that of its pod and reason, whoever writes it, and fits", async (t) => {
  t.equal(eventName('a', '1', 'InjectionMissed'), eventName('a', '1', 'InjectionMissed'))
  t.not(eventName('a', '1', 'InjectionMissed'), eventName('a', '2', 'InjectionMissed'), 'another pod of the same name')
  t.not(eventName('a', '1', 'InjectionMissed'), eventName('a', '1', 'EvictedForInjection'))
  t.ok(eventName('x'.repeat(253), '1', 'InjectionMissed').length <= 253)
})
