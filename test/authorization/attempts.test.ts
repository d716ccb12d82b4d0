import fc from 'fast-check'
import t from 'tap'
import type { Answer } from '../../authorization/answer.ts'
import {
  type Attempts,
  advance,
  attemptsLeft,
  capacity,
  freshAttempts,
  leastQueuePauseMs,
  parseAttempts,
  settle,
  spend,
  spentAttempts,
  untilNextMs,
} from '../../authorization/attempts.ts'

const refillMs = 600_000
const ip = '10.1.2.3'
const at = '2026-08-01T12:00:00Z'
const failed: Answer = { kind: 'unavailable', detail: 'HTTP 500' }

const spent = (attempts: Attempts) => spend(attempts, { spends: true, refillMs, ip, at })
const settled = (attempts: Attempts, answer: Answer, paid = true) =>
  settle(attempts, { answer, spent: paid, refillMs, ip, at })
const left = (attempts: Attempts) => attemptsLeft(attempts, refillMs)

t.test('one call and one retry, then one back each refill', async (t) => {
  let attempts = freshAttempts(1000)
  t.equal(left(attempts), 2)
  attempts = settled(spent(attempts), failed)
  t.equal(left(attempts), 1)
  t.equal(untilNextMs(attempts, refillMs), 0)
  attempts = settled(spent(attempts), failed)
  t.equal(left(attempts), 0)
  t.equal(untilNextMs(attempts, refillMs), refillMs)
  t.equal(left(advance(attempts, 1000 + refillMs - 1)), 0)
  t.equal(left(advance(attempts, 1000 + refillMs)), 1)
  t.equal(left(advance(attempts, 1000 + 2 * refillMs)), 2)
  t.equal(left(advance(attempts, 1000 + 99 * refillMs)), capacity, 'never more than there were')
})

t.test('the refill does not start over when restarts look at it', async (t) => {
  let attempts = spent(spent(freshAttempts(0)))
  for (let now = 0; now <= refillMs; now += refillMs / 100) attempts = advance(attempts, now)
  t.equal(left(attempts), 1)
})

t.test('a grant and a place in the queue give the attempt back, and what was not spent is not given', async (t) => {
  const free: readonly Answer[] = [{ kind: 'granted' }, { kind: 'queued', retryAfterMs: 0 }]
  for (const answer of free) {
    t.equal(left(settled(spent(freshAttempts(0)), answer)), 2, answer.kind)
    const used = settled(spent(freshAttempts(0)), failed)
    t.equal(left(settled(spend(used, { spends: false, refillMs, ip, at }), answer, false)), 1, answer.kind)
  }
  const counted: readonly Answer[] = [failed, { kind: 'throttled' }, { kind: 'refused', status: 403, detail: 'no' }]
  for (const answer of counted) t.equal(left(settled(spent(freshAttempts(0)), answer)), 1, answer.kind)
})

t.test('the pause that the service asks for runs down, and its next answer replaces it', async (t) => {
  const throttled = settled(spent(freshAttempts(0)), { kind: 'throttled', retryAfterMs: 30_000 })
  t.equal(untilNextMs(throttled, refillMs), 30_000)
  t.equal(untilNextMs(advance(throttled, 10_000), refillMs), 20_000)
  t.equal(untilNextMs(settled(throttled, failed), refillMs), 0)
  t.equal(settled(throttled, { kind: 'throttled' }).pauseMs, 0)
  t.equal(settled(throttled, { kind: 'queued', retryAfterMs: 0 }).pauseMs, leastQueuePauseMs)
})

t.test('a reboot counts for no more time than the new clock shows', async (t) => {
  const attempts = spent(spent(freshAttempts(900 * refillMs)))
  const booted = advance(attempts, refillMs / 2)
  t.equal(left(booted), 0)
  t.equal(untilNextMs(booted, refillMs), refillMs / 2)
  t.equal(left(advance(booted, refillMs)), 1)
})

t.test('what is not our file is not read as one', async (t) => {
  const good = settled(spent(freshAttempts(12)), failed)
  t.strictSame(parseAttempts(JSON.stringify(good)), good)
  t.strictSame(parseAttempts(JSON.stringify(freshAttempts(12))), freshAttempts(12))
  const rubbish = [
    '',
    '{',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...good, version: 2 }),
    JSON.stringify({ ...good, owedMs: -1 }),
    JSON.stringify({ ...good, owedMs: '0' }),
    JSON.stringify({ ...good, asOfMs: null }),
    JSON.stringify({ ...good, pauseMs: undefined }),
    JSON.stringify({ ...good, last: undefined }),
    JSON.stringify({ ...good, last: { ...good.last, kind: 'forgiven' } }),
    JSON.stringify({ ...good, last: { ...good.last, ip: '' } }),
  ]
  for (const text of rubbish) t.equal(parseAttempts(text), null, text)
  t.equal(left(spentAttempts(5, refillMs)), 0)
})

/** What may happen to a pod. No wall clock is among it: nothing asks one. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 2 * refillMs }) }),
  fc.record({ what: fc.constant('boot' as const), downMs: fc.integer({ min: 0, max: 2 * refillMs }) }),
  fc.constant({ what: 'restart' as const }),
  fc.record({
    what: fc.constant('call' as const),
    answer: fc.constantFrom<Answer['kind'] | 'killed'>(
      'granted',
      'queued',
      'throttled',
      'refused',
      'unavailable',
      'killed',
    ),
  }),
)

function answerOf(kind: Answer['kind']): Answer {
  if (kind === 'refused') return { kind, status: 403, detail: 'HTTP 403' }
  if (kind === 'unavailable') return failed
  return kind === 'queued' ? { kind, retryAfterMs: 1 } : { kind }
}

t.test(
  'whatever happens, no more calls in vain than the capacity and one a refill; and one a refill is always possible',
  async () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
        let trueMs = 0
        let clockMs = 1_000_000
        let attempts = freshAttempts(clockMs)
        const spentAtMs: number[] = []
        for (const event of happenings) {
          if (event.what === 'time') {
            trueMs += event.ms
            clockMs += event.ms
          }
          if (event.what === 'boot') {
            trueMs += event.downMs
            clockMs = 0
          }
          if (event.what === 'restart')
            attempts = parseAttempts(JSON.stringify(attempts)) ?? spentAttempts(clockMs, refillMs)
          attempts = advance(attempts, clockMs)
          if (event.what !== 'call' || left(attempts) === 0) continue
          attempts = spent(attempts)
          if (event.answer !== 'queued' && event.answer !== 'granted') spentAtMs.push(trueMs)
          if (event.answer !== 'killed') attempts = settled(attempts, answerOf(event.answer))
        }
        const tooMany = spentAtMs.some((fromMs, first) =>
          spentAtMs.slice(first).some((toMs, others) => others + 1 > capacity + Math.floor((toMs - fromMs) / refillMs)),
        )
        return !tooMany && left(advance(attempts, clockMs + refillMs)) >= 1
      }),
      { numRuns: 1000 },
    )
  },
)
