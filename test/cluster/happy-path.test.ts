import t from 'tap'
import { askApp, askSidecar, readRecords, recordedAt } from './support/app.ts'
import { readGrants } from './support/authorization-server.ts'
import { readJournal, untilJournal } from './support/journal.ts'
import { followLog, kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, statusOf } from './support/pod.ts'

const namespace = await createNamespace('happy-path')
t.teardown(() => namespace.remove())

t.test('an ordinary pod with one annotation goes online, in order, and off in order', async (t) => {
  await namespace.create(
    ordersPod('orders', {
      env: { PRE_ONLINE: '10 200ms 0', UNHEALTHY_FOR: '2s' },
      annotations: { 'greenroom.dev/healthcheck-dir': '/web/greenroom' },
    }),
  )
  const started = await namespace.until(
    'orders',
    'app running',
    (pod) => statusOf(pod, 'app')?.state?.running !== undefined,
  )
  const appLog = followLog('happy-path', 'orders', 'app')
  const hookLog = followLog('happy-path', 'orders', 'greenroom')
  t.teardown(() => [appLog, hookLog].map(({ stop }) => stop()))

  await untilJournal(started, 'hook-requested')
  t.equal((await askSidecar(started, '/healthcheck.html')).status, 404, 'no marker at the sidecar while preOnline runs')
  t.equal((await askApp(started, '/greenroom/healthcheck.html')).status, 404, 'nor at the app')
  t.notOk(isReady(await namespace.until('orders', 'seen', () => true)), 'not Ready while preOnline runs')

  const pod = await namespace.until('orders', 'Ready', isReady)
  const readyAt = Date.now()
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200, 'marker at the sidecar')
  t.equal((await askApp(pod, '/greenroom/healthcheck.html')).status, 200, "and from the app's own web server")

  await untilJournal(pod, 'online')
  const words = readJournal(pod).map(({ words }) => words.replace(/ [0-9a-f]{8}\b/g, ''))
  t.match(
    words.join(', '),
    /^sidecar-started \S+, authorized \S+, started, checkurl-ok, hook-requested preOnline, hook-exited preOnline 0, hook-requested verify, hook-exited verify absent, online$/,
  )

  const grant = (await readGrants())[pod.metadata.uid]
  t.match(grant, {
    application: 'orders',
    namespace: 'happy-path',
    pod: 'orders',
    ip: pod.status.podIP ?? 'an IP',
    resources: ['mysql:orders'],
  })
  const records = await readRecords(pod)
  const at = (what: string) => recordedAt(records, what)
  t.ok(Date.parse(grant?.grantedAt ?? '') < at('orders started'), 'granted before the app existed')
  t.ok(at('health answered 200') < at('preOnline begins'), 'preOnline ran after the 200')
  t.match(records, [{ what: 'orders started as user 1000' }], 'as the user of the image')
  t.ok(
    records.some(({ what }) => what === 'preOnline begins as user 1000'),
    'and preOnline in its container',
  )
  t.equal(records.filter(({ what }) => what.startsWith('preOnline begins')).length, 1, 'preOnline ran exactly once')
  t.ok(at('preOnline exits') <= readyAt)

  await hookLog.until(/^\[preOnline] line 10 /)
  const lines = hookLog.lines.filter(({ text }) => text.startsWith('[preOnline] line'))
  t.equal(lines.length, 10)
  const lastWrittenAt = Number(lines.at(-1)?.text.match(/at (\d+)/)?.[1])
  t.ok((lines[0]?.at ?? Number.NaN) < lastWrittenAt, 'the first line was seen while the hook ran')
  t.ok(
    appLog.lines.some(({ text }) => text.startsWith('orders started as user 1000 ')),
    "the app's output is in its log",
  )

  await kubectl('delete', 'pod', 'orders', '-n', 'happy-path', '--wait=false')
  const ending = await untilJournal(pod, 'released')
  t.ok(ending)
  await namespace.untilGone('orders')
  await Promise.all([appLog.ended, hookLog.ended])
  const all = hookLog.lines.map(({ text }) => text).join('\n')
  t.match(
    all,
    // The kubelet runs both preStops at once.
    /(deleting(.|\n)*offline-stop|offline-stop(.|\n)*deleting)(.|\n)*drained \S+ quiet(.|\n)*\[postOffline](.|\n)*hook-exited \S+ postOffline 0(.|\n)*released(.|\n)*exited(.|\n)*terminating gone(.|\n)*revoked/,
  )
  t.ok(
    appLog.lines.some(({ text }) => text.startsWith('SIGTERM ')),
    'the app was asked to stop',
  )
  t.notOk((await readGrants())[pod.metadata.uid], 'no grant is left')
})
