import t from 'tap'
import type { EvictionAnswer } from '../../control-plane/eviction.ts'
import { createEvictor, type EvictorParts } from '../../control-plane/evictor.ts'
import type { PodFacts } from '../../control-plane/pod-facts.ts'
import { policyStatus } from '../../control-plane/policy-status.ts'
import { readStops, type Stop } from '../../control-plane/stops.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import { at, pod, second } from './pods.ts'

const minute = 60 * second

/** A cluster in which controllers replace what is evicted, and a clock that the test moves. */
function createCluster(
  size: number,
  { replicas = 2, answers = (_: PodFacts): EvictionAnswer => 'evicted', mends = true } = {},
) {
  let nowMs = at + 10 * minute
  let nth = 0
  let isLeading = true
  const asked: string[] = []
  const askedMs: number[] = []
  let webhookMs = at + minute
  const owners = Array.from({ length: size }, (_, index) => ({ kind: 'ReplicaSet', uid: `owner-${index}` }))
  const make = (owner: { kind: string; uid: string }, createdMs: number, isInjected: boolean) => {
    nth += 1
    return pod({ name: `pod-${nth}`, owner, createdMs, isInjected })
  }
  let pods = owners.flatMap((owner) => Array.from({ length: replicas }, () => make(owner, at, false)))
  const policies = [{ name: 'shops', policy: { ...defaultPolicy, repair: 'evict' } as const }]
  let stops: ReadonlyMap<string, Stop> = new Map()
  let status: unknown
  const parts: EvictorParts = {
    evict: async (target: PodFacts) => {
      const answer = answers(target)
      asked.push(target.uid)
      askedMs.push(nowMs)
      const { owner } = target
      if (answer === 'evicted' && owner) {
        const createdMs = Math.floor(nowMs / 1000) * 1000
        pods = [...pods.filter(({ uid }) => uid !== target.uid), make(owner, createdMs, mends)]
      }
      return answer
    },
    isLeading: () => isLeading,
    nowMs: () => nowMs,
    onAnswer: () => {},
  }
  let evictor = createEvictor(parts)

  /** As the control plane does it every two seconds. */
  async function round() {
    const candidates = pods.filter(({ isInjected }) => !isInjected)
    const injectedMs = pods.findLast(({ isInjected }) => isInjected)?.createdMs
    const tally = { injected: 0, missed: candidates.length, missedPods: [], injectedMs, lastProblem: undefined }
    const futile = evictor
      .futile({ candidates, webhookMs })
      .map((pod) => ({ pod, policyName: 'shops', policy: defaultPolicy, isSure: true }))
    stops = readStops(policies, { tallies: new Map([['shops', tally]]), statusOf: () => status, before: stops, futile })
    status = policyStatus(tally, { digest: '', sinceMs: at }, stops.get('shops'))
    const stopped = new Set(stops.size > 0 ? candidates.map(({ uid }) => uid) : [])
    await evictor.run({ candidates, webhookMs, stopped, pods: () => pods })
  }

  return {
    asked,
    askedMs,
    missed: () => pods.filter(({ isInjected }) => !isInjected),
    restartWebhook: () => {
      webhookMs = Math.ceil(nowMs / 1000) * 1000 + second
    },
    /** Another replica leads: it knows what is in the cluster, and nothing else. */
    takeOver: () => {
      evictor = createEvictor(parts)
      stops = new Map()
    },
    /** From now on the webhook is reached, and somebody makes a pod. */
    mend: () => {
      mends = true
      pods = [...pods, make({ kind: 'ReplicaSet', uid: 'new' }, nowMs, true)]
    },
    resign: () => {
      isLeading = false
    },
    /** Rounds of two seconds each. */
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 2 * second) {
        nowMs += 2 * second
        await round()
      }
    },
  }
}

t.test('all are repaired in the end, ten a minute at the most, and each is asked for once', async (t) => {
  const cluster = createCluster(20)
  await cluster.pass(minute)
  t.equal(cluster.asked.length, 10)
  await cluster.pass(4 * minute)
  t.same(cluster.missed(), [])
  t.equal(cluster.asked.length, 40)
  t.equal(new Set(cluster.asked).size, 40)
})

t.test('where evictions mend nothing they end, and no controller loses a second pod', async (t) => {
  const cluster = createCluster(30, { mends: false })
  await cluster.pass(120 * minute)
  t.ok(cluster.asked.length <= 30)
  t.equal(cluster.missed().length, 60)
})

t.test('not even a webhook that comes and goes makes a loop', async (t) => {
  const cluster = createCluster(1, { replicas: 1, mends: false })
  for (let round = 0; round < 60; round += 1) {
    await cluster.pass(2 * minute)
    cluster.restartWebhook()
  }
  t.ok(cluster.asked.length <= 3, `${cluster.asked.length} in two hours`)
})

t.test('nor does it where a controller has several pods', async (t) => {
  const cluster = createCluster(1, { replicas: 3, mends: false })
  for (let round = 0; round < 60; round += 1) {
    await cluster.pass(2 * minute)
    cluster.restartWebhook()
  }
  t.ok(cluster.asked.length <= 6, `${cluster.asked.length} in two hours`)
})

t.test('where a webhook that is Ready is not reached evictions end for good, whoever is restarted', async (t) => {
  const cluster = createCluster(60, { mends: false })
  for (let round = 0; round < 60; round += 1) {
    await cluster.pass(2 * minute)
    if (round % 2 === 0) cluster.restartWebhook()
    if (round % 5 === 0) cluster.takeOver()
  }
  t.equal(cluster.asked.length, 10, 'the first ten, in one round')
  cluster.mend()
  await cluster.pass(120 * minute)
  t.same(cluster.missed(), [], 'a pod that was injected is the proof that they are of use again')
})

t.test('a PodDisruptionBudget that refuses is asked less and less often', async (t) => {
  const cluster = createCluster(1, { answers: () => 'budget' })
  await cluster.pass(60 * minute)
  // 10 s, doubled to five minutes: five times until then, twelve an hour from then on.
  t.ok(cluster.asked.length >= 12 && cluster.asked.length <= 18, `${cluster.asked.length} in an hour`)
  t.equal(cluster.missed().length, 2)
})

t.test(
  'what a PodDisruptionBudget never lets go keeps nobody else waiting, and costs a bounded number of calls',
  async (t) => {
    // The first ones are asked for first.
    const isBlocked = ({ owner }: PodFacts) => Number(owner?.uid.split('-')[1]) < 100
    const cluster = createCluster(110, { answers: (pod) => (isBlocked(pod) ? 'budget' : 'evicted') })
    await cluster.pass(8 * minute)
    t.same(
      cluster.missed().filter((pod) => !isBlocked(pod)),
      [],
      'both pods of each',
    )
    await cluster.pass(52 * minute)
    const within = (ms: number) => cluster.askedMs.filter((each) => each >= ms && each < ms + minute).length
    t.ok(Math.max(...cluster.askedMs.map(within)) <= 30, 'calls a minute')
  },
)

t.test('who leads no more evicts no more', async (t) => {
  const cluster = createCluster(5)
  cluster.resign()
  await cluster.pass(minute)
  t.same(cluster.asked, [])
})
