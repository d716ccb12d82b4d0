import t, { type Test } from 'tap'
import { askSidecar, readRecords, recordedAt } from './support/app.ts'
import { readJournal, untilJournal } from './support/journal.ts'
import { followLog, kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { processesOf } from './support/processes.ts'
import { untilStatus } from './support/volume.ts'

const namespace = await createNamespace('hooks')
t.teardown(() => namespace.remove())

await namespace.create(
  ordersPod('fails', { env: { PRE_ONLINE: '3 10ms 3' } }),
  ordersPod('hangs', {
    env: { PRE_ONLINE: '1 1h 0 child' },
    annotations: { 'greenroom.dev/pre-online-timeout': '5s' },
  }),
  ordersPod('is-late', { env: { UNHEALTHY_FOR: '5s' } }),
  ordersPod('has-none', { annotations: { 'greenroom.dev/hooks': '/none' } }),
  ordersPod('misses-one', { annotations: { 'greenroom.dev/pre-online': '/none/warm-up' } }),
)

const untilAppRuns = (name: string) =>
  namespace.until(name, 'app running', (pod) => statusOf(pod, 'app')?.state?.running !== undefined)

/** What a failed preOnline leaves: a pod without traffic, which can be looked at. `says` is the status in words. */
async function assertFailed(t: Test, pod: Pod, says: RegExp) {
  const { name } = pod.metadata
  const last = await namespace.until(name, 'app container ready', (pod) => statusOf(pod, 'app')?.ready === true)
  t.notOk(isReady(last), 'not Ready')
  t.notOk(
    namespace.history(name).some(({ pod }) => isReady(pod)),
    'and never was',
  )
  t.match(last, { status: { phase: 'Running' } })
  t.match(statusOf(last, 'app'), { restartCount: 0 }, 'the app runs on')
  t.notOk(/online$/m.test(wordsOf(pod).join('\n')), 'never online')

  const marker = await askSidecar(pod, '/healthcheck.html')
  t.equal(marker.status, 404, 'no marker')
  t.match(await marker.text(), says, 'and its absence says why')
  t.match(await (await askSidecar(pod, '/status')).text(), says, 'as the status does')
  t.match(await kubectl('logs', '-n', 'hooks', name, '-c', 'app'), 'orders started', "the app's log can be read")
}

const wordsOf = (pod: Pod) => readJournal(pod).map(({ words }) => words)

t.test('a preOnline that runs over its limit is ended with its whole group', async (t) => {
  const pod = await untilAppRuns('hangs')
  const requested = await untilJournal(pod, 'hook-requested')
  const hookLog = followLog('hooks', 'hangs', 'greenroom')
  t.teardown(() => hookLog.stop())
  await hookLog.until(/^\[preOnline] line 1 /)
  t.same(hookProcesses(pod), ['/app/hooks/preOnline', '/app/orders linger'], 'the hook and its child run')

  const exited = await untilJournal(pod, 'hook-exited')
  t.match(exited.words, /^hook-exited \S+ preOnline timeout$/)
  t.same(hookProcesses(pod), [], 'neither hook nor child is left')
  const seconds = (exited.at - requested.at) / 1000
  t.ok(seconds > 4 && seconds < 15, `ended at its limit of 5 s (${seconds} s)`)
  await untilStatus(pod, 'failed')
  await assertFailed(t, pod, /^failed PreOnlineTimeout: /)
})

t.test('a pod whose preOnline exits with 3 gets no traffic, runs on, and says why', async (t) => {
  const pod = await untilAppRuns('fails')
  const exited = await untilJournal(pod, 'hook-exited')
  t.match(exited.words, /^hook-exited \S+ preOnline 3$/, 'the code is in the journal')
  await untilStatus(pod, 'failed')
  await assertFailed(t, pod, /^failed PreOnlineFailed: preOnline exited with 3\. /)

  const log = followLog('hooks', 'fails', 'greenroom')
  t.teardown(() => log.stop())
  await log.until(/^greenroom: failed PreOnlineFailed: preOnline exited with 3\. /)
  await log.until(/^greenroom: hook-exited \S+ preOnline 3$/)
  const first = await log.until(/^\[preOnline] line 1 of 3 /)
  const last = await log.until(/^\[preOnline] line 3 of 3 /)
  t.ok(log.lines.indexOf(first) < log.lines.indexOf(last), "the hook's output can be read, in its order")
})

t.test('preOnline waits for a checkurl that answers 503 for 5 s, and runs once', async (t) => {
  const pod = await namespace.until('is-late', 'Ready', isReady)
  const records = await readRecords(pod)
  const at = (what: string) => recordedAt(records, what)
  t.ok(at('health answered 503') < at('health answered 200'))
  t.ok(at('health answered 200') < at('preOnline begins'), 'after the first 200')
  t.ok(at('preOnline begins') - at('orders started') > 4900)
  t.equal(records.filter(({ what }) => what.startsWith('preOnline begins')).length, 1, 'exactly once')
  t.equal(wordsOf(pod).filter((words) => words.startsWith('checkurl-ok')).length, 1)
})

t.test('a pod whose image has no hook goes online', async (t) => {
  const pod = await namespace.until('has-none', 'Ready', isReady)
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200)
  t.match(wordsOf(pod).join('\n'), /hook-exited \S+ preOnline absent\n(.*\n)*online/)
  t.notOk((await readRecords(pod)).some(({ what }) => what.includes('preOnline')))
})

t.test('a hook that the pod names and the image does not have is a failure', async (t) => {
  const pod = await untilAppRuns('misses-one')
  await untilJournal(pod, 'hook-exited')
  await untilStatus(pod, 'failed')
  await assertFailed(t, pod, /^failed PreOnlineFailed: preOnline exited with 127: /)
  const log = followLog('hooks', 'misses-one', 'greenroom')
  t.teardown(() => log.stop())
  t.ok(await log.until(/^\[preOnline] .*\/none\/warm-up/))
})

/** Hooks run in processes of their own, named by their path; shells that wait for them are the helper's. */
function hookProcesses(pod: Pod): string[] {
  return processesOf(pod, 'app')
    .map(({ command }) => command)
    .filter((command) => /^\/app\/(hooks\/|orders linger)/.test(command))
    .sort()
}
