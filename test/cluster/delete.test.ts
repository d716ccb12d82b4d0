import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { askSidecar } from './support/app.ts'
import { readCalls, readGrants, setBehaviour } from './support/authorization-server.ts'
import { type JournalLine, keepJournal, untilJournal } from './support/journal.ts'
import { followLog, kubectl } from './support/kubectl.ts'
import { observeMarker } from './support/marker-observer.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { untilTrue } from './support/until-true.ts'
import { untilVolumeExists } from './support/volume.ts'

const namespace = await createNamespace('delete')
t.teardown(() => namespace.remove())

await namespace.create(
  ordersPod('in-order', { env: { POST_OFFLINE: '3 100ms 0' } }),
  ordersPod('is-idle', { annotations: { 'greenroom.dev/drain': 'min=0s,max=30s,quiet=300ms' } }),
  ordersPod('is-slow', { annotations: { 'greenroom.dev/drain': 'min=0s,max=30s,quiet=300ms' } }),
  ordersPod('is-busy', { annotations: { 'greenroom.dev/drain': 'min=0s,max=4s,quiet=300ms' } }),
  ordersPod('warms-up', { env: { PRE_ONLINE: '600 100ms 0' } }),
  ordersPod('in-a-hurry'),
  ordersPod('is-evicted'),
  ordersPod('never-starts', { container: { image: 'not-there:1' } }),
)

t.test('a deleted pod leaves the stage in order, within its grace period', async (t) => {
  const pod = await namespace.until('in-order', 'Ready', isReady)
  const journal = keepJournal(pod)
  const appLog = followLog('delete', 'in-order', 'app')
  const hookLog = followLog('delete', 'in-order', 'greenroom')
  t.teardown(() => [appLog.stop(), hookLog.stop(), journal.close()])
  await Promise.all([appLog.until(/started/), hookLog.until(/online/)])
  const client = await openConnection(pod)

  const deletedAt = Date.now()
  await namespace.delete('in-order')
  const markerGoneAt = await untilMarkerGone(pod)
  t.match(await ask(client), /^HTTP\/1.1 200 /, 'without marker, the app still serves')
  t.teardown(() => client.destroy())

  const goneAt = await namespace.untilGone('in-order')
  await Promise.all([appLog.ended, hookLog.ended])
  const lines = journal.read()
  const [revoked] = (await readCalls(pod.metadata.uid)).filter(({ method }) => method === 'DELETE')
  const steps = {
    'marker off': markerGoneAt,
    drained: at(lines, 'drained'),
    'postOffline begins': hookLog.lines.find(({ text }) => text.startsWith('[postOffline] line 1'))?.writtenAt,
    'postOffline ends': at(lines, 'hook-exited'),
    SIGTERM: appLog.lines.find(({ text }) => text.startsWith('SIGTERM '))?.writtenAt,
    'app gone': at(lines, 'exited'),
    'authorization revoked': Date.parse(revoked?.time ?? ''),
    'pod gone': goneAt,
  }
  assertOrder(t, steps)
  t.match(wordsOf(lines, 'drained'), /quiet/)
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 0) * 1000
  t.ok(goneAt - deletedAt < graceMs, `within ${graceMs} ms (${goneAt - deletedAt} ms)`)
  t.notOk((await readGrants())[pod.metadata.uid], 'no grant is left')
})

t.test('an idle keep-alive connection does not hold the drain', async (t) => {
  const pod = await namespace.until('is-idle', 'Ready', isReady)
  const journal = keepJournal(pod)
  const client = await openConnection(pod)
  t.teardown(() => [client.destroy(), journal.close()])
  await namespace.delete('is-idle')
  await namespace.untilGone('is-idle')

  const lines = journal.read()
  t.match(wordsOf(lines, 'drained'), /^drained \S+ quiet after \d+\.\d s$/, 'and the kernel tells an ordinary pod')
  const seconds = (at(lines, 'drained') - at(lines, 'offline-stop')) / 1000
  t.ok(seconds < 10, `in ${seconds} s`)
})

t.test('a slow request holds the drain, and is answered', async (t) => {
  const pod = await namespace.until('is-slow', 'Ready', isReady)
  const journal = keepJournal(pod)
  const client = await openConnection(pod)
  t.teardown(() => [client.destroy(), journal.close()])
  const answer = ask(client, '/slow?for=6s')
  await namespace.delete('is-slow')
  t.match(await answer, /^HTTP\/1.1 200 .*at last/s)
  const answeredAt = Date.now()
  await namespace.untilGone('is-slow')

  const lines = journal.read()
  t.match(wordsOf(lines, 'drained'), /^drained \S+ quiet after \d+\.\d s$/)
  t.ok(at(lines, 'drained') - at(lines, 'offline-stop') > 4000, 'far longer than quiet')
  t.ok(at(lines, 'drained') > answeredAt, 'drained after the answer')
})

t.test('what is never answered holds the drain until its longest time', async (t) => {
  const pod = await namespace.until('is-busy', 'Ready', isReady)
  const journal = keepJournal(pod)
  const client = await openConnection(pod)
  client.write('GET / HTTP/1.1\r\nHost: ')
  t.teardown(() => [client.destroy(), journal.close()])
  await namespace.delete('is-busy')
  await namespace.untilGone('is-busy')

  const lines = journal.read()
  t.match(wordsOf(lines, 'drained'), /^drained \S+ max reached with [1-9]\d* unanswered and \d+ moving connections$/)
  const seconds = (at(lines, 'drained') - at(lines, 'offline-stop')) / 1000
  t.ok(seconds >= 4 && seconds < 8, `for 4 s (${seconds} s)`)
  t.ok(at(lines, 'hook-exited') < at(lines, 'revoked'), 'postOffline and revoke still come')
  t.notOk((await readGrants())[pod.metadata.uid])
})

t.test('a pod that is deleted while preOnline runs goes at once, and never was online', async (t) => {
  const pod = await namespace.until('warms-up', 'app running', appRuns)
  await untilJournal(pod, 'hook-requested')
  const journal = keepJournal(pod)
  const appLog = followLog('delete', 'warms-up', 'app')
  t.teardown(() => [appLog.stop(), journal.close()])
  await appLog.until(/preOnline begins/)
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 404)

  await namespace.delete('warms-up')
  await namespace.untilGone('warms-up')
  await appLog.ended
  const lines = journal.read()
  t.ok(at(lines, 'released') - at(lines, 'offline-stop') < 5000, 'there is nothing to drain')
  t.ok(
    appLog.lines.some(({ text }) => text.startsWith('SIGTERM ')),
    'the app was asked to stop',
  )
  t.notOk(at(lines, 'online'), 'never online')
  t.notOk(
    lines.some(({ words }) => words.includes('postOffline')),
    'so there is no postOffline',
  )
  t.ok(at(lines, 'exited') < at(lines, 'revoked'))
  t.notOk((await readGrants())[pod.metadata.uid])
})

t.test('a pod that is deleted with a grace period of 1 s is still revoked', async (t) => {
  const pod = await namespace.until('in-a-hurry', 'Ready', isReady)
  t.ok((await readGrants())[pod.metadata.uid])
  await kubectl('delete', 'pod', 'in-a-hurry', '-n', 'delete', '--grace-period=1', '--wait=false')
  await namespace.untilGone('in-a-hurry')
  t.notOk((await readGrants())[pod.metadata.uid])
})

t.test('a pod that is evicted with a grace period of 1 s leaves no marker', async (t) => {
  const pod = await namespace.until('is-evicted', 'Ready', isReady)
  const journal = keepJournal(pod)
  const marker = observeMarker(() => pod)
  marker.leaveAppAlone()
  t.teardown(() => [marker.stop(), journal.close()])
  const isShown = () => marker.sightings.some(({ where }) => where === 'at the sidecar')
  t.ok(await untilTrue(isShown, Date.now() + 10_000), 'it is shown')
  const eviction = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'is-evicted', namespace: 'delete' },
    deleteOptions: { gracePeriodSeconds: 1 },
  }
  const file = `${t.testdir({ eviction: JSON.stringify(eviction) })}/eviction`
  const evictedAt = Date.now()
  await kubectl('create', '--raw', '/api/v1/namespaces/delete/pods/is-evicted/eviction', '-f', file)
  await namespace.untilGone('is-evicted')
  const goneAt = marker.goneAt(evictedAt) ?? Number.NaN
  const exited = journal.read().find(({ words }) => words.startsWith('exited'))
  t.ok(goneAt <= (exited?.at ?? Number.POSITIVE_INFINITY), 'gone, and before the app')
  t.notOk(
    marker.sightings.some(({ from }) => from > goneAt),
    'nobody sees it any more',
  )
  t.notOk((await readGrants())[pod.metadata.uid])
})

t.test('a pod that is deleted in the moment of its grant leaves none, whenever that is', async (t) => {
  const pausesMs = [0, 100, 200, 300, 500, 800]
  await Promise.all(
    pausesMs.map(async (pauseMs) => {
      const name = `granted-${pauseMs}`
      await namespace.create(ordersPod(name))
      const pod = await namespace.until(name, 'seen', () => true)
      await untilVolumeExists(pod)
      await untilJournal(pod, 'authorized')
      t.ok((await readGrants())[pod.metadata.uid], `${name}: there was a grant`)
      await sleep(pauseMs)
      await namespace.delete(name)
      await namespace.untilGone(name)
      t.notOk((await readGrants())[pod.metadata.uid], `${name}: and none is left`)
    }),
  )
})

t.test('a pod that is deleted before its app has started leaves no grant', async (t) => {
  const pod = await namespace.until('never-starts', 'sidecar running', sidecarRuns)
  await untilJournal(pod, 'authorized')
  t.ok((await readGrants())[pod.metadata.uid])
  await namespace.delete('never-starts')
  await namespace.untilGone('never-starts')
  t.notOk((await readGrants())[pod.metadata.uid])
})

t.test('a pod that is deleted while its authorization is not answered takes it back', async (t) => {
  await setBehaviour({ application: 'unanswered', mode: 'hang' })
  t.teardown(() => setBehaviour({ application: 'unanswered', mode: 'grant' }))
  await namespace.create(ordersPod('unanswered', { labels: { app: 'unanswered' } }))
  const pod = await namespace.until('unanswered', 'asking', asks)
  const log = followLog('delete', 'unanswered', 'greenroom-authorize')
  t.teardown(() => log.stop())
  await log.until(/ asking /)
  await namespace.delete('unanswered')
  await namespace.untilGone('unanswered')

  const calls = await readCalls(pod.metadata.uid)
  t.match(calls.at(-1), { method: 'DELETE' }, 'whatever a call may still have brought')
  t.equal(calls.filter(({ method }) => method === 'PUT').length, 1)
  t.notOk((await readGrants())[pod.metadata.uid])
})

const appRuns = (pod: Pod) => statusOf(pod, 'app')?.state?.running !== undefined
const sidecarRuns = (pod: Pod) => statusOf(pod, 'greenroom')?.state?.running !== undefined
const asks = (pod: Pod) => statusOf(pod, 'greenroom-authorize')?.state?.running !== undefined

/** A client of the app that has been served once and stays. */
async function openConnection(pod: Pod) {
  const socket = connect(8080, pod.status.podIP ?? '')
  await ask(socket)
  return socket
}

async function ask(socket: Socket, path = '/'): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: orders\r\n\r\n`)
  const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(20_000) })
  return String(answer)
}

/** Asks as a load balancer does, and says when it was told to send nothing more. */
async function untilMarkerGone(pod: Pod): Promise<number> {
  for (;;) {
    const { status } = await askSidecar(pod, '/healthcheck.html')
    if (status === 404) return Date.now()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const find = (lines: readonly JournalLine[], words: string) => lines.findLast((line) => line.words.startsWith(words))
const at = (lines: readonly JournalLine[], words: string) => find(lines, words)?.at ?? 0
const wordsOf = (lines: readonly JournalLine[], words: string) => find(lines, words)?.words ?? ''

function assertOrder(t: Test, steps: Readonly<Record<string, number | undefined>>) {
  const entries = Object.entries(steps)
  for (const [index, [name, time]] of entries.entries()) {
    const [before, earlier = 0] = entries[index - 1] ?? ['']
    t.ok(time && time >= earlier, `${name}${before ? `, after ${before}: ${(time ?? 0) - earlier} ms` : ''}`)
  }
}
