import t from 'tap'
import { chooseJobs, type Job, revokePatienceMs } from '../../../authorization/gate/queue.ts'

const job = (uid: string, kind: Job['kind'], sinceMs: number, group = '') => ({ uid, kind, group, sinceMs })
const chosen = (waiting: readonly Job[], nowMs: number, batching?: { windowMs: number; most: number }) => {
  const choice = chooseJobs(waiting, nowMs, batching)
  return choice.do === 'wait' ? `until ${choice.untilMs}` : choice.jobs.map(({ uid }) => uid).join(' ')
}

t.test('grants in their order, a revocation behind them', async (t) => {
  const waiting = [job('a', 'grant', 0), job('b', 'grant', 1), job('x', 'revoke', 0)]
  t.equal(chosen(waiting, 10), 'a')
  t.equal(chosen(waiting.slice(1), 10), 'b')
  t.equal(chosen(waiting.slice(2), 10), 'x')
})

t.test('a revocation that has waited long enough comes first', async (t) => {
  t.equal(chosen([job('a', 'grant', 0), job('x', 'revoke', 0)], revokePatienceMs), 'x')
})

const batching = { windowMs: 100, most: 3 }

t.test('a group waits for its window, or until it is full', async (t) => {
  const two = [job('a', 'grant', 10, 'g'), job('b', 'grant', 20, 'g')]
  t.equal(chosen(two, 50, batching), 'until 110')
  t.equal(chosen(two, 110, batching), 'a b')
  const four = [...two, job('c', 'grant', 30, 'g'), job('d', 'grant', 40, 'g')]
  t.equal(chosen(four, 50, batching), 'a b c')
})

t.test('who comes next goes while a group waits', async (t) => {
  const waiting = [
    job('a', 'grant', 10, 'g'),
    job('b', 'grant', 20, 'h'),
    job('c', 'grant', 21, 'h'),
    job('d', 'grant', 22, 'h'),
  ]
  t.equal(chosen(waiting, 50, batching), 'b c d')
  t.equal(chosen([...waiting.slice(0, 1), job('x', 'revoke', 40)], 50, batching), 'x')
  t.equal(chosen([job('a', 'grant', 10, 'g'), job('b', 'grant', 5, 'h')], 50, batching), 'until 105')
})
