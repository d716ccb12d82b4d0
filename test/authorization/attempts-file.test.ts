import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { attemptsLeft, freshAttempts, spend } from '../../authorization/attempts.ts'
import { readAttempts, writeAttempts } from '../../authorization/attempts-file.ts'

const refillMs = 600_000
const spent = spend(freshAttempts(50), { spends: true, refillMs, ip: '10.1.2.3', at: '2026-08-01T12:00:00Z' })

t.test('a pod without the file has all attempts, and looking writes nothing', async (t) => {
  const run = t.testdir()
  t.strictSame(readAttempts(run, { nowMs: 50, refillMs }), freshAttempts(50))
  t.notOk(existsSync(join(run, 'attempts')))
})

t.test('what was written is read, as of now', async (t) => {
  const run = t.testdir()
  writeAttempts(run, spent)
  t.equal(readFileSync(join(run, 'attempts'), 'utf8'), `${JSON.stringify(spent)}\n`)
  t.equal(statSync(join(run, 'attempts')).mode & 0o777, 0o600)
  t.notOk(existsSync(join(run, '.attempts')), 'the draft is gone')
  t.strictSame(readAttempts(run, { nowMs: 150, refillMs }), { ...spent, asOfMs: 150, owedMs: refillMs - 100 })
})

t.test('an unreadable file counts as spent, and the refill begins once, not at every restart', async (t) => {
  for (const attempts of ['', 'rubbish', JSON.stringify({ ...spent, owedMs: 99 * refillMs })]) {
    const run = t.testdir({ attempts })
    t.equal(attemptsLeft(readAttempts(run, { nowMs: 0, refillMs }), refillMs), 0)
    t.equal(attemptsLeft(readAttempts(run, { nowMs: refillMs / 2, refillMs }), refillMs), 0)
    t.equal(attemptsLeft(readAttempts(run, { nowMs: refillMs, refillMs }), refillMs), 1)
  }
})

t.test('what cannot be written or read is thrown, not passed over', async (t) => {
  t.throws(() => writeAttempts(join(t.testdir(), 'missing'), spent), { code: 'ENOENT' })
  const run = t.testdir()
  mkdirSync(join(run, 'attempts'))
  t.throws(() => readAttempts(run, { nowMs: 0, refillMs }), { code: 'EISDIR' })
  t.throws(() => writeAttempts(run, spent), { code: 'EISDIR' })
})

t.test('a failed write leaves the old file', async (t) => {
  const run = t.testdir()
  writeAttempts(run, spent)
  mkdirSync(join(run, '.attempts'))
  t.throws(() => writeAttempts(run, freshAttempts(0)), { code: 'EISDIR' })
  t.strictSame(readAttempts(run, { nowMs: 50, refillMs }), spent)
})
