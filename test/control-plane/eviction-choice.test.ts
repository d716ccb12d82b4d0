import fc from 'fast-check'
import t from 'tap'
import {
  againMs,
  awaitMs,
  type Bearing,
  chooseEvictions,
  findFutile,
  type OwnerHistory,
  steadyMs,
} from '../../control-plane/eviction-choice.ts'
import type { PodFacts } from '../../control-plane/pod-facts.ts'
import { at, type PodSketch, pod, second } from './pods.ts'

const orders = { kind: 'ReplicaSet', uid: 'orders' }
const missed = (sketch: PodSketch = {}) => pod({ owner: orders, ...sketch })
const replaced = (sketch: PodSketch = {}) => missed({ isInjected: true, createdMs: at + 90 * second, ...sketch })

interface Sight extends Partial<Omit<Bearing, 'candidates' | 'podsOf' | 'historyOf'>> {
  /** Pods of the same controllers that are as they should be. */
  readonly others?: readonly PodFacts[]
  readonly history?: Partial<OwnerHistory>
}

/** An hour later, with a webhook that has been Ready for a while, unless the test says so. */
function choose(candidates: readonly PodFacts[], { others = [], history, ...more }: Sight = {}): readonly string[] {
  const all = [...candidates, ...others]
  return chooseEvictions({
    candidates: candidates.filter(({ end }) => !end),
    podsOf: (uid) => all.filter(({ owner }) => owner?.uid === uid),
    historyOf: (uid) =>
      uid === orders.uid && history
        ? { firstMs: history.evictedMs, evictedMs: undefined, pods: 0, refusals: 0, notBeforeMs: 0, ...history }
        : undefined,
    evicted: new Set(),
    stopped: new Set(),
    webhookMs: at + 60 * second,
    room: 10,
    nowMs: at + 120 * second,
    ...more,
  }).map(({ name }) => name)
}

t.test('of each controller one is evicted, the oldest first', async (t) => {
  const carts = { kind: 'StatefulSet', uid: 'carts' }
  const pods = [
    missed({ name: 'b', createdMs: at + second }),
    missed({ name: 'a' }),
    missed({ name: 'c', owner: carts, createdMs: at - second }),
  ]
  t.same(choose(pods), ['c', 'a'])
  t.same(choose(pods, { room: 1 }), ['c'])
  t.same(choose(pods, { room: 0 }), [])
})

t.test('only pods that a ReplicaSet or StatefulSet replaces', async (t) => {
  for (const kind of ['Job', 'DaemonSet', 'CloneSet']) t.same(choose([missed({ owner: { kind, uid: 'x' } })]), [], kind)
  t.same(choose([pod()]), [], 'a bare pod')
})

t.test('only while a webhook has been Ready for a while', async (t) => {
  t.same(choose([missed()], { webhookMs: undefined }), [])
  t.same(choose([missed()], { nowMs: at + 60 * second + steadyMs - 1 }), [])
  t.same(choose([missed()], { nowMs: at + 60 * second + steadyMs }), ['orders-1'])
})

t.test(
  'a pod that was missed although the webhook was there is left alone, and so are the others of its controller',
  async (t) => {
    const young = missed({ name: 'young', createdMs: at + 60 * second })
    t.same(choose([young]), [])
    t.same(choose([missed(), young]), [])
  },
)

t.test('where a replacement was missed nobody else is evicted for a while', async (t) => {
  const young = missed({ name: 'young', createdMs: at + 100 * second })
  const elsewhere = missed({ name: 'elsewhere', owner: { kind: 'ReplicaSet', uid: 'other' } })
  const nowMs = at + 120 * second
  t.same(choose([young, elsewhere], { history: { evictedMs: nowMs - 1 } }), [])
  t.same(choose([young, elsewhere], { history: { evictedMs: nowMs - awaitMs } }), ['elsewhere'])
})

t.test(
  'a pod that was made for an evicted one is not evicted within the hour, whatever the webhook does',
  async (t) => {
    const evictedMs = at - 10 * second
    t.same(choose([missed()], { history: { evictedMs } }), [])
    t.same(
      choose([missed()], { history: { firstMs: at - second, evictedMs: at + 90 * second } }),
      [],
      'nor after others of it',
    )
    const nowMs = evictedMs + againMs
    t.same(choose([missed()], { history: { evictedMs }, nowMs }), ['orders-1'])
  },
)

t.test('a pod of a policy whose evictions have stopped stays, and others go', async (t) => {
  const other = missed({ name: 'other', owner: { kind: 'ReplicaSet', uid: 'other' } })
  t.same(choose([missed(), other], { stopped: new Set(['uid-orders-1']) }), ['other'])
})

t.test('evictions are futile where a replacement was missed by a webhook that was there', async (t) => {
  const webhookMs = at + 60 * second
  const history = { firstMs: at + 90 * second, evictedMs: at + 90 * second, pods: 1, refusals: 0, notBeforeMs: 0 }
  const found = (sketch: PodSketch, known: OwnerHistory | undefined = history, ms: number | undefined = webhookMs) =>
    findFutile({ candidates: [missed(sketch)], historyOf: () => known, webhookMs: ms }).length === 1
  t.ok(found({ createdMs: at + 91 * second }))
  t.notOk(found({ createdMs: at }), 'it is older')
  t.notOk(found({ createdMs: at + 91 * second }, history, at + 95 * second), 'the webhook was not there yet')
  t.notOk(
    findFutile({ candidates: [missed({ createdMs: at + 91 * second })], historyOf: () => undefined, webhookMs }).length,
  )
})

t.test('never the same pod twice', async (t) => {
  t.same(choose([missed()], { evicted: new Set(['uid-orders-1']) }), [])
})

t.test('one after another: the next goes when the one before is replaced and Ready', async (t) => {
  const history = { evictedMs: at + 90 * second, pods: 2 }
  t.same(choose([missed()], { history }), [], 'its replacement is not there yet')
  t.same(choose([missed()], { history, others: [replaced({ name: 'new', isReady: false })] }), [], 'nor Ready yet')
  t.same(
    choose([missed(), missed({ name: 'old', isDeleting: true })], { history, others: [replaced({ name: 'new' })] }),
    [],
  )
  t.same(choose([missed()], { history, others: [replaced({ name: 'new' })] }), ['orders-1'])
  t.same(choose([missed()], { history, nowMs: at + 90 * second + awaitMs }), ['orders-1'], 'it was scaled down')
})

t.test('a pod that is not Ready has nothing to lose by the others', async (t) => {
  const waiting = missed({ name: 'waiting', isReady: false })
  t.same(choose([waiting, missed({ createdMs: at - second })]), ['waiting'], 'the Ready one waits for it')
})

t.test('what a PodDisruptionBudget has refused waits', async (t) => {
  const notBeforeMs = at + 130 * second
  t.same(choose([missed()], { history: { notBeforeMs } }), [])
  t.same(choose([missed()], { history: { notBeforeMs }, nowMs: notBeforeMs }), ['orders-1'])
})

t.test('what was refused comes behind what was not, though it is older', async (t) => {
  const free = missed({ name: 'free', owner: { kind: 'ReplicaSet', uid: 'free' }, createdMs: at + second })
  t.same(choose([missed(), free], { history: { refusals: 1 } }), ['free', 'orders-1'])
  t.same(choose([missed(), free], { history: { refusals: 1 }, room: 1 }), ['free'])
})

t.test(
  'whatever the cluster looks like: one of each controller, no more than there is room, none that would be missed again',
  async () => {
    const sketches = fc.array(
      fc.record({
        createdMs: fc.integer({ min: 0, max: 120 }).map((seconds) => at + seconds * second),
        owner: fc.constantFrom(orders, { kind: 'StatefulSet', uid: 'carts' }, { kind: 'Job', uid: 'job' }),
        isReady: fc.boolean(),
      }),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(sketches, fc.nat(3), (list, room) => {
        const pods = list.map((sketch, index) => missed({ name: `pod-${index}`, ...sketch }))
        const chosen = choose(pods, { room }).map((name) => pods.find((each) => each.name === name))
        const owners = chosen.map((each) => each?.owner?.uid)
        return (
          chosen.length <= room &&
          new Set(owners).size === owners.length &&
          chosen.every((each) => each && each.createdMs < at + 60 * second && each.owner?.kind !== 'Job')
        )
      }),
    )
  },
)
