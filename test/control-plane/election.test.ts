import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { type Lease, type Leases, leaseMs, nextStep, standForLeader } from '../../control-plane/election.ts'

const lease = (holder: string): Lease => ({ holder, durationMs: 100, version: '1', transitions: 0 })

t.test('who is to do what', async (t) => {
  t.equal(nextStep(undefined, 'me', 0), 'create')
  t.equal(nextStep(lease('me'), 'me', 1e9), 'renew')
  t.equal(nextStep(lease(''), 'me', 0), 'take')
  t.equal(nextStep(lease('other'), 'me', 100), 'wait')
  t.equal(nextStep(lease('other'), 'me', 101), 'take')
})

/** A Lease in an API server that can be away, for all or for one, and a clock that the test moves. */
function createStage() {
  let stored: Lease | undefined
  let nowMs = 0
  const away = new Set<string>()
  const wakes = new Set<() => void>()
  const leading: string[] = []
  /** At every moment that was looked at. */
  let mostLeading = 0

  const leasesOf = (me: string): Leases => {
    const write = (before: Lease | undefined, holder: string) => {
      if (away.has(me)) throw new Error('away')
      if (stored?.version !== before?.version) throw new Error('409')
      stored = { holder, durationMs: leaseMs, version: `${Number(stored?.version ?? 0) + 1}`, transitions: 0 }
    }
    return {
      read: async () => {
        if (away.has(me)) throw new Error('away')
        return stored
      },
      hold: async (before) => write(before, me),
      giveBack: async (before) => write(before, ''),
    }
  }

  function stand(me: string) {
    const ending = new AbortController()
    const ended = standForLeader(
      {
        me,
        leases: leasesOf(me),
        nowMs: () => nowMs,
        pause: (ms, stop) => {
          const { promise, resolve } = Promise.withResolvers<void>()
          const until = nowMs + ms
          const wake = () => {
            if (nowMs < until && !stop.aborted) return
            wakes.delete(wake)
            resolve()
          }
          wakes.add(wake)
          stop.addEventListener('abort', wake)
          wake()
          return promise
        },
        lead(isLeading) {
          const acts = { me, isLeading }
          acting.add(acts)
          leading.push(me)
          return () => acting.delete(acts)
        },
        onError: () => {},
      },
      ending.signal,
    )
    return async () => {
      ending.abort()
      await ended
    }
  }
  const acting = new Set<{ me: string; isLeading: () => boolean }>()
  const acts = () => [...acting].filter(({ isLeading }) => isLeading()).map(({ me }) => me)

  /** Lets time pass in steps of a second, and sees who could act in each. */
  async function pass(seconds: number) {
    for (let step = 0; step < seconds; step += 1) {
      nowMs += 1_000
      mostLeading = Math.max(mostLeading, acts().length)
      for (const wake of wakes) wake()
      for (let i = 0; i < 5; i += 1) await turn()
      mostLeading = Math.max(mostLeading, acts().length)
    }
  }
  return { stand, pass, acts, away, leading, mostLeading: () => mostLeading }
}

t.test('of two one leads, and the other when the first has resigned', async (t) => {
  const stage = createStage()
  const stopA = stage.stand('a')
  await stage.pass(1)
  const stopB = stage.stand('b')
  await stage.pass(120)
  t.same(stage.acts(), ['a'])
  await stopA()
  await stage.pass(6)
  t.same(stage.acts(), ['b'], 'at once, for the lease was given back')
  t.same(stage.leading, ['a', 'b'])
  t.equal(stage.mostLeading(), 1)
  await stopB()
})

t.test('one that the API server does not hear stops by itself before another begins', async (t) => {
  const stage = createStage()
  const stopA = stage.stand('a')
  await stage.pass(1)
  const stopB = stage.stand('b')
  await stage.pass(10)
  stage.away.add('a')
  await stage.pass(21)
  t.same(stage.acts(), [], 'neither: the lease may still be taken for held')
  await stage.pass(20)
  t.same(stage.acts(), ['b'])
  stage.away.delete('a')
  await stage.pass(60)
  t.same(stage.acts(), ['b'], 'and it stays')
  t.equal(stage.mostLeading(), 1)
  await Promise.all([stopA(), stopB()])
})

t.test('an API server that is away for a moment ends nothing', async (t) => {
  const stage = createStage()
  const stop = stage.stand('a')
  await stage.pass(10)
  stage.away.add('a')
  await stage.pass(12)
  stage.away.delete('a')
  await stage.pass(60)
  t.same(stage.leading, ['a'])
  await stop()
})

t.test('whoever comes and goes, never do two act', async (t) => {
  const stage = createStage()
  const stops = ['a', 'b', 'c'].map((me) => stage.stand(me))
  let seed = 7
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return seed / 2 ** 31
  }
  for (let round = 0; round < 60; round += 1) {
    for (const me of ['a', 'b', 'c'])
      if (random() < 0.4) stage.away.add(me)
      else stage.away.delete(me)
    await stage.pass(Math.ceil(random() * 25))
  }
  t.equal(stage.mostLeading(), 1)
  t.ok(new Set(stage.leading).size > 1, 'and it did change hands')
  stage.away.clear()
  await Promise.all(stops.map((stop) => stop()))
})
