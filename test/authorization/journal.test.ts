import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { announceAuthorized, readStandingGrant } from '../../authorization/journal.ts'
import { startSidecar } from './init-container.ts'

t.test('the sidecar writes down what it is told', async (t) => {
  const run = t.testdir()
  const settled = startSidecar(t, run)
  t.equal(readStandingGrant(run), null)
  t.ok(await announceAuthorized(run, '10.1.2.3'))
  await settled()
  t.match(readFileSync(join(run, 'journal'), 'utf8'), /^greenroom-journal 1\n\d+\.\d{6} authorized 10\.1\.2\.3\n$/)
  t.equal(readStandingGrant(run), '10.1.2.3')
})

t.test('a sidecar that is being restarted is waited for', async (t) => {
  const run = t.testdir({ journal: 'greenroom-journal 1\n' })
  const announced = announceAuthorized(run, '10.1.2.3')
  await sleep(200)
  const settled = startSidecar(t, run)
  t.ok(await announced)
  await settled()
  t.equal(readStandingGrant(run), '10.1.2.3')
})

t.test('a FIFO that nobody reads is given up, without waiting in it', async (t) => {
  const run = t.testdir({})
  execFileSync('mkfifo', [join(run, 'events')])
  t.notOk(await announceAuthorized(run, '10.1.2.3', 300))
})
