import t from 'tap'
import { type Actor, actors, killActor } from './support/actors.ts'
import { readAppRuns } from './support/app-runs.ts'
import {
  type Cell,
  hasRestarted,
  healthcheckDir,
  lineOf,
  matrixPod,
  playDown,
  playUp,
  type Restarts,
} from './support/cell.ts'
import { tell } from './support/fifo.ts'
import { inParallel } from './support/in-parallel.ts'
import { followJournal, readJournal, untilJournal } from './support/journal.ts'
import { restartKubelet } from './support/kubelet.ts'
import { observeMarker } from './support/marker-observer.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersContainer, ordersPod, statusOf } from './support/pod.ts'
import { findUnearnedMarkers } from './support/unearned.ts'
import { untilTrue } from './support/until-true.ts'
import { readVolume, untilInVolume } from './support/volume.ts'

const cellsAtOnce = 8

/** The lines of the happy path's journal: on the way up, and after the pod's deletion. */
const linesUp = [
  'sidecar-started',
  'authorized',
  'started',
  'checkurl-ok',
  'hook-requested preOnline',
  'hook-exited preOnline 0',
  'hook-requested verify',
  'hook-exited verify 0',
  'online',
]
const linesDown = [
  'deleting',
  'offline-stop',
  'drained',
  'hook-requested postOffline',
  'hook-exited postOffline 0',
  'released',
  'exited',
  'terminating',
  'revoked',
]
const lines = [...linesUp, ...linesDown]
/** Who is about to leave at a line, or has left, when the journal is seen to have it. At all others they must be hit. */
const leaving: Readonly<Record<string, readonly Actor[]>> = {
  authorized: ['node', 'authorize'],
  // Nothing is left to wait for: the next line is online.
  'hook-exited verify 0': ['node'],
  online: ['node'],
  // Released in the same moment: where the journal is seen late, the app has stopped by then.
  'hook-exited postOffline 0': ['app', 'both', 'agent', 'keeper'],
  released: ['node', 'app', 'both', 'agent', 'keeper'],
  revoked: ['node', 'sidecar'],
}

const namespace = await createNamespace('kill-matrix')
t.teardown(() => namespace.remove())

t.test('the matrix has every line of the happy path', async (t) => {
  await namespace.create(matrixPod('happy'))
  const pod = await namespace.until('happy', 'Ready', isReady)
  const journal = followJournal(pod)
  await namespace.delete('happy')
  await namespace.untilGone('happy')
  const seen = journal.stop().map(({ words }) => lineOf(words))
  t.same(seen.slice(0, linesUp.length), linesUp)
  // The two preStop handlers run side by side, so the first two lines may change places.
  t.same(seen.toSorted(), lines.toSorted())
})

t.test('each actor is killed at each line', async (t) => {
  const pairs = lines.flatMap((line) => actors.map((actor) => ({ actor, line })))
  const cells = await inParallel(pairs, cellsAtOnce, ({ actor, line }) => play(actor, line))
  const byPair = new Map(pairs.map(({ actor, line }, index) => [`${actor} ${line}`, cells[index]]))
  const outcome = (actor: Actor, line: string) => byPair.get(`${actor} ${line}`)?.outcome ?? ''

  console.log(`\nKilled at a line on the way up: until it was online again\n\n${table(linesUp, outcome)}`)
  console.log(`\nKilled at a line after the deletion: until the pod was gone\n\n${table(linesDown, outcome)}`)
  console.log(
    '\n· not there yet, or no more   at rest: there was no Node to be killed   gone: had just ended by itself\n',
  )
  for (const [pair, cell] of byPair) t.same(cell?.problems, [], pair)
})

t.test('an app that starts while no sidecar is there shows no marker of the run before', async (t) => {
  // With another container that runs, the kubelet starts the app again although the sidecar is in its back-off.
  await namespace.create(matrixPod('alone', { ...ordersContainer('companion'), args: ['/app/orders', 'linger'] }))
  const pod = await namespace.until('alone', 'Ready', isReady)
  const last = () => namespace.history('alone').at(-1)?.pod ?? pod
  const marker = observeMarker(last)
  const isBack = (since: number, restarts: Restarts) => () =>
    isReady(last()) && hasRestarted(last(), restarts) && marker.isShown(since)
  const firstKillAt = await killActor(pod, 'sidecar', 0)
  t.ok(await untilTrue(isBack(firstKillAt ?? 0, { greenroom: 1 }), Date.now() + 30_000), 'online again')

  // The kubelet starts it a second time only after ten seconds. The app's own first restart is at once.
  await killActor(pod, 'sidecar', 0)
  const appKilledAt = await killActor(pod, 'app', 0)
  t.ok(await untilTrue(isBack(appKilledAt ?? 0, { greenroom: 2, app: 1 }), Date.now() + 45_000), 'online again')
  marker.stop()
  const runs = readAppRuns(pod)
  t.same(findUnearnedMarkers(marker.sightings, { runs, appKilledAt, sidecarKilled: true }), [])
})

t.test("what Node decided before the app's death does not count after it", async (t) => {
  await namespace.create(matrixPod('late'))
  const pod = await namespace.until('late', 'Ready', isReady)
  const marker = observeMarker(() => pod)
  const linesRead = readVolume(pod, 'journal').split('\n').length - 1
  const appKilledAt = await killActor(pod, 'app', 0)
  const again = await untilInVolume(pod, { file: 'journal', what: 'the next run' }, (journal) =>
    journal.split('preOnline\n').length > 2 ? readJournal(pod).at(-1) : undefined,
  )
  t.match(again, { words: /^hook-requested / }, 'the next run is warming up')

  tell(pod, 'events', `\ngo-online ${linesRead}\n`)
  const isBack = () => readJournal(pod).at(-1)?.words === 'online' && marker.isShown(again.at)
  t.ok(await untilTrue(isBack, Date.now() + 15_000), 'online again')
  marker.stop()
  t.same(findUnearnedMarkers(marker.sightings, { runs: readAppRuns(pod), appKilledAt, sidecarKilled: false }), [])
})

t.test('a kubelet that restarts changes nothing: who is online stays, who is warming up goes online', async (t) => {
  const slow = ordersPod('warming', { env: { PRE_ONLINE: '1 10s 0' }, annotations: healthcheckDir })
  await namespace.create(matrixPod('stays-1'), matrixPod('stays-2'), slow)
  const names = ['stays-1', 'stays-2', 'warming']
  const pods = await Promise.all(names.map((name) => namespace.until(name, 'seen', () => true)))
  const markers = pods.map((pod) => observeMarker(() => namespace.history(pod.metadata.name).at(-1)?.pod ?? pod))
  await Promise.all(names.slice(0, 2).map((name) => namespace.until(name, 'Ready', isReady)))
  const warming = await namespace.until('warming', 'app ready', (pod) => statusOf(pod, 'app')?.ready === true)
  await untilJournal(warming, 'hook-requested')

  await restartKubelet()
  t.notOk(
    readJournal(warming).some(({ words }) => words.startsWith('hook-exited')),
    'while preOnline runs',
  )
  const restartedAt = Date.now()
  const isBack = (name: string, index: number) =>
    isReady(namespace.history(name).at(-1)?.pod ?? warming) && markers[index]?.isShown(restartedAt)
  t.ok(await untilTrue(() => names.every(isBack), restartedAt + 30_000), 'all are online')
  for (const [index, name] of names.entries()) {
    const pod = await namespace.until(name, 'seen', () => true)
    t.ok(hasRestarted(pod, {}), `${name}: no container started again`)
    markers[index]?.stop()
    const onDisk = markers[index]?.sightings.filter(({ where }) => where === 'on disk')
    t.equal(onDisk?.length, 1, `${name}: one marker, without a gap`)
    t.same(
      findUnearnedMarkers(markers[index]?.sightings ?? [], {
        runs: readAppRuns(pod),
        appKilledAt: null,
        sidecarKilled: false,
      }),
      [],
    )
  }
})

async function play(actor: Actor, line: string): Promise<Cell> {
  if (!isThere(actor, line)) return { outcome: '·', problems: [] }
  const input = { namespace, actor, line, mayBeGone: leaving[line]?.includes(actor) ?? false }
  try {
    return await (linesUp.includes(line) ? playUp(input) : playDown(input))
  } catch (error) {
    return { outcome: 'FAILED', problems: [String(error)] }
  }
}

/** The sidecar writes its first line; all of the app container is there from `started` to `exited`. */
function isThere(actor: Actor, line: string): boolean {
  if (actor === 'authorize') return lines.indexOf(line) <= lines.indexOf('authorized')
  if (actor === 'node' || actor === 'sidecar') return true
  return lines.indexOf(line) >= lines.indexOf('started') && lines.indexOf(line) < lines.indexOf('exited')
}

/** Rows are actors, columns lines; a line's words stand below each other. */
function table(columns: readonly string[], outcome: (actor: Actor, line: string) => string): string {
  const head = [0, 1].map((row) => ['', ...columns.map((line) => line.split(' ')[row] ?? '')])
  const rows = [...head, ...actors.map((actor) => [actor, ...columns.map((line) => outcome(actor, line))])]
  const widths = ['', ...columns].map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
