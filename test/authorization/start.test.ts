import fc from 'fast-check'
import t from 'tap'
import type { Answer } from '../../authorization/answer.ts'
import {
  type Attempts,
  advance,
  capacity,
  freshAttempts,
  parseAttempts,
  spentAttempts,
} from '../../authorization/attempts.ts'
import type { Ending } from '../../authorization/ending.ts'
import { runStart, type World } from '../../authorization/start.ts'
import type { Task } from '../../authorization/task.ts'

const settings = {
  endpoint: 'http://auth.example',
  resources: ['mysql:orders'],
  callTimeoutMs: 5000,
  startTimeoutMs: 60_000,
  whenUnavailable: 'block',
  refillMs: 600_000,
} as const
const body = {
  application: 'orders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: '10.1.2.3',
  ips: ['10.1.2.3'],
  resources: settings.resources,
}
const task: Task = { podUid: 'uid-1', settings, body }

/** How long the service takes for which answer; longer than the call's limit is silence. */
interface Behaviour {
  readonly answer: Answer
  readonly tookMs: number
}

/** A pod in a world without waiting: time passes in calls, sleeps and between starts. */
function createPod(next: () => Behaviour) {
  let nowMs = 1_000_000
  let file: string | null = null
  const calls: { readonly atMs: number; readonly answer: Answer['kind'] }[] = []
  const world: World = {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    random: () => (nowMs % 7) / 7,
    sleep: async (ms) => {
      nowMs += ms
    },
    call: async (timeoutMs) => {
      const { answer, tookMs } = next()
      const atMs = nowMs
      nowMs += Math.min(tookMs, timeoutMs)
      const heard: Answer = tookMs < timeoutMs ? answer : { kind: 'unavailable', detail: 'no answer' }
      calls.push({ atMs, answer: heard.kind })
      return heard
    },
    prepare: async () => {},
    save: (attempts) => {
      file = JSON.stringify(attempts)
    },
    log: () => {},
  }
  const kept = (): Attempts => {
    if (file === null) return freshAttempts(nowMs)
    return advance(parseAttempts(file) ?? spentAttempts(nowMs, settings.refillMs), nowMs)
  }
  const start = async (stop = new AbortController().signal): Promise<{ ending: Ending; tookMs: number }> => {
    const startedAtMs = nowMs
    const ending = await runStart({ task, kept: kept(), grantStands: false, stop }, world)
    return { ending, tookMs: nowMs - startedAtMs }
  }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { world, calls, kept, start, pass }
}

const answers: readonly Answer[] = [
  { kind: 'granted' },
  { kind: 'queued', retryAfterMs: 0 },
  { kind: 'queued', retryAfterMs: 7000 },
  { kind: 'throttled' },
  { kind: 'throttled', retryAfterMs: 90_000 },
  { kind: 'unavailable', detail: 'HTTP 500' },
]

t.test('whatever the service does, a start ends in time and the pod never exceeds its attempts', async () => {
  const behaviour = fc.record({ answer: fc.constantFrom(...answers), tookMs: fc.integer({ min: 1, max: 8000 }) })
  const pause = fc.integer({ min: 0, max: 2 * settings.refillMs })
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(behaviour), fc.array(pause, { maxLength: 40 }), async (service, pauses) => {
      const pod = createPod(() => service.next().value)
      for (const pauseMs of pauses) {
        const { tookMs } = await pod.start()
        if (tookMs > settings.startTimeoutMs) return false
        pod.pass(pauseMs)
      }
      const spending = pod.calls.filter(({ answer }) => answer !== 'queued' && answer !== 'granted')
      // A grant and a place in the queue are given back when the answer is there, so a call counts from its end at the latest.
      return spending.every(({ atMs }, first) =>
        spending
          .slice(first)
          .every((to, others) => others + 1 <= capacity + Math.floor((to.atMs - atMs) / settings.refillMs)),
      )
    }),
  )
})

t.test('a service that comes back grants within one refill', async (t) => {
  let down = true
  const pod = createPod(() => ({
    answer: down ? { kind: 'unavailable', detail: 'HTTP 500' } : { kind: 'granted' },
    tookMs: 5,
  }))
  for (let nth = 0; nth < 50; nth += 1) {
    await pod.start()
    pod.pass(60_000)
  }
  down = false
  pod.pass(settings.refillMs)
  t.strictSame((await pod.start()).ending, { code: 'AuthorizationGranted' })
})

t.test('after a refusal no start ever calls again', async (t) => {
  const pod = createPod(() => ({ answer: { kind: 'refused', status: 403, detail: 'HTTP 403' }, tookMs: 5 }))
  for (let nth = 0; nth < 10; nth += 1) {
    t.equal((await pod.start()).ending.code, 'AuthorizationRefused')
    pod.pass(10 * settings.refillMs)
  }
  t.equal(pod.calls.length, 1)
})

t.test('an attempt is on disk before its call, and no call is made where it cannot be', async (t) => {
  const saved: Attempts[] = []
  const pod = createPod(() => ({ answer: { kind: 'granted' }, tookMs: 5 }))
  const world: World = {
    ...pod.world,
    save: (attempts) => saved.push(attempts),
    call: async () => {
      t.match(saved, [{ owedMs: settings.refillMs, last: { kind: 'unanswered' } }])
      return { kind: 'granted' }
    },
  }
  const stop = new AbortController().signal
  await runStart({ task, kept: pod.kept(), grantStands: false, stop }, world)
  t.match(saved.at(-1), { last: { kind: 'granted' } })

  const full = new Error('ENOSPC')
  const save = () => {
    throw full
  }
  await t.rejects(runStart({ task, kept: pod.kept(), grantStands: false, stop }, { ...pod.world, save }), full)
  t.equal(pod.calls.length, 0)
})

t.test('told to stop: says whether a call was sent, also when its grant came too late', async (t) => {
  const granting = () => ({ answer: { kind: 'granted' } as const, tookMs: 5 })
  const before = createPod(granting)
  t.strictSame((await before.start(AbortSignal.abort())).ending, { code: 'AuthorizationInterrupted', asked: false })

  const stop = new AbortController()
  const during = createPod(() => {
    stop.abort()
    return granting()
  })
  t.strictSame((await during.start(stop.signal)).ending, { code: 'AuthorizationInterrupted', asked: true })
})
