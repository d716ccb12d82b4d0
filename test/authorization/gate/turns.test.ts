import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createTurns } from '../../../authorization/gate/turns.ts'

/** A clock that goes on to the next sleeper when nobody has anything else to do, and a window that starts with its first call. */
function createWorld(calls: number, perMs: number) {
  let nowMs = 0
  let window = { untilMs: 0, taken: 0 }
  let sleepers: { readonly atMs: number; readonly wake: () => void }[] = []
  const sleep = (ms: number) =>
    new Promise<void>((wake) => {
      sleepers = [...sleepers, { atMs: nowMs + ms, wake }].toSorted((a, b) => a.atMs - b.atMs)
    })
  const take = async () => {
    if (nowMs >= window.untilMs) window = { untilMs: nowMs + perMs, taken: 0 }
    if (window.taken >= calls) return window.untilMs - nowMs
    window.taken += 1
    return 0
  }
  async function untilSettled<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = work.finally(() => {
      isSettled = true
    })
    while (!isSettled) {
      await setImmediate()
      const [next, ...rest] = sleepers
      if (isSettled || !next) continue
      sleepers = rest
      nowMs = next.atMs
      next.wake()
    }
    return settled
  }
  return { take, sleep, nowMs: () => nowMs, untilSettled }
}

t.test(
  'no second that the service counts has more calls than the limit, however long they are on their way',
  async () => {
    const call = fc.record({
      pauseMs: fc.nat(800),
      lasts: fc.nat(3_000),
      countedAt: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const cases = fc.record({
      calls: fc.integer({ min: 1, max: 10 }),
      each: fc.array(call, { minLength: 5, maxLength: 30 }),
    })
    const property = fc.asyncProperty(cases, async ({ calls, each }) => {
      const world = createWorld(calls, 1_000)
      const turns = createTurns(world.take, { calls, perMs: 1_000 }, world)
      const countedMs: number[] = []
      async function makeCalls() {
        const underWay: Promise<void>[] = []
        for (const { pauseMs, lasts, countedAt } of each) {
          const endTurn = await turns.next()
          countedMs.push(world.nowMs() + lasts * countedAt)
          underWay.push(world.sleep(lasts).then(endTurn))
          if (pauseMs % 3 === 0) await world.sleep(pauseMs)
        }
        await Promise.all(underWay)
      }
      await world.untilSettled(makeCalls())
      return countedMs.every((from) => countedMs.filter((at) => at >= from && at < from + 999).length <= calls)
    })
    await fc.assert(property, { numRuns: 300 })
  },
)

t.test('a service that answers at once gets what it bears', async (t) => {
  const world = createWorld(5, 1_000)
  const turns = createTurns(world.take, { calls: 5, perMs: 1_000 }, world)
  await world.untilSettled(
    (async () => {
      for (let nth = 0; nth < 26; nth += 1) (await turns.next())()
    })(),
  )
  t.equal(world.nowMs(), 5_000)
})

t.test('a service that asks for silence gets it', async (t) => {
  const world = createWorld(5, 1_000)
  const turns = createTurns(world.take, { calls: 5, perMs: 1_000 }, world)
  const endTurn = await turns.next()
  endTurn()
  turns.pause(3_000)
  await world.untilSettled(turns.next())
  t.ok(world.nowMs() >= 3_000)
})
