import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { killActor } from './support/actors.ts'
import { askApp, askSidecar, readRecords } from './support/app.ts'
import { copyImage } from './support/image.ts'
import { injectedPod, sidecarOf } from './support/injected.ts'
import { type MarkerObserver, observeMarker } from './support/marker-observer.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { untilInVolume, volumeFolder } from './support/volume.ts'

/** Far more than it takes, also for the kubelet to look after a pod that has just changed. */
const goneWithinMs = 8000
const afterGraceMs = 10_000

const folder = mkdtempSync(join(tmpdir(), 'greenroom-layer-'))
mkdirSync(join(folder, 'nodejs/bin'), { recursive: true })
writeFileSync(join(folder, 'nodejs/bin/node'), 'not to be executed\n', { mode: 0o644 })
copyImage('greenroom:0.1.0', { to: 'unexecutable-node:1', folder })
rmSync(folder, { recursive: true })

const namespace = await createNamespace('unexecutable-node')
t.teardown(() => namespace.remove())

const ordinary = (name: string) =>
  ordersPod(name, {
    annotations: { 'greenroom.dev/healthcheck-dir': '/web/greenroom', 'greenroom.dev/pre-start': 'off' },
  })
const readMarkers = async (pod: Pod) => [
  (await askSidecar(pod, '/healthcheck.html')).status,
  (await askApp(pod, '/greenroom/healthcheck.html')).status,
]

t.test('with a Node that cannot be executed no pod goes online', async (t) => {
  const pod = await injectedPod('unexecutable-node', ordinary('never'))
  sidecarOf(pod).image = 'unexecutable-node:1' // The one that authorizes keeps its Node, or there would be no pod.
  await namespace.create(pod)
  const running = await namespace.until('never', 'app ready', (pod) => statusOf(pod, 'app')?.ready === true)
  t.equal(sidecarOf(running).image, 'unexecutable-node:1')

  await untilFailures(running, 4)
  t.same(await readMarkers(running), [404, 404])
  t.notOk(
    namespace.history('never').some(({ pod }) => isReady(pod)),
    'never Ready',
  )
  t.notOk(
    (await readRecords(running)).some(({ what }) => what.startsWith('preOnline')),
    'preOnline did not run',
  )
  t.equal(statusOf(running, 'app')?.restartCount, 0, 'the app runs on')
  await walkOff(running)
})

t.test("the app's death takes marker and Ready without Node, and neither comes back", async (t) => {
  const pod = await goOnline('dies')
  const marker = observeMarker(() => pod)
  takeNodeAway(pod)
  const killedAt = (await killActor(pod, 'app', 0)) ?? Number.NaN
  const isBack = (pod: Pod) => statusOf(pod, 'app')?.restartCount === 1 && statusOf(pod, 'app')?.ready === true
  await namespace.until('dies', 'app ready again', isBack)
  await untilFailures(pod, 5)
  console.log(
    namespace
      .history('dies')
      .filter(({ at }) => at > killedAt - 300)
      .map(({ at, pod }) =>
        [at - killedAt, isReady(pod), statusOf(pod, 'greenroom')?.ready, statusOf(pod, 'app')?.ready].join(' '),
      )
      .join('\n'),
  ) // DEBUG
  marker.stop()

  const goneAt = marker.goneAt(killedAt) ?? Number.NaN
  t.ok(goneAt - killedAt < goneWithinMs, `marker gone ${goneAt - killedAt} ms after the death`)
  t.same(seenAfter(marker, goneAt), [], 'and not seen since')
  const history = namespace.history('dies')
  const firstUnready = history.findIndex(({ at, pod }) => at > killedAt && !isReady(pod))
  const notReadyMs = (history[firstUnready]?.at ?? Number.NaN) - killedAt
  t.ok(notReadyMs < goneWithinMs, `not Ready ${notReadyMs} ms after the death`)
  const readyAgain = history.slice(firstUnready).filter(({ pod }) => isReady(pod))
  t.same(
    readyAgain.map(({ at }) => `${at - killedAt} ms after the death`),
    [],
    'and never again',
  )
  await walkOff(pod)
})

t.test('a deletion takes the marker at once without Node, and nothing hangs', async (t) => {
  const pod = await goOnline('deleted')
  const marker = observeMarker(() => pod)
  takeNodeAway(pod)
  const deletedAt = Date.now()
  const goneAt = await walkOff(pod)
  marker.stop()
  const markerGoneAt = marker.goneAt(deletedAt) ?? Number.NaN
  t.ok(markerGoneAt - deletedAt < goneWithinMs, `marker gone ${markerGoneAt - deletedAt} ms after the deletion`)
  t.same(seenAfter(marker, markerGoneAt), [], 'and not seen since')
  t.ok(markerGoneAt < goneAt, 'long before the pod')
})

/** Online with a Node that can be taken away: a shell in its place that becomes it as long as it may. */
async function goOnline(name: string): Promise<Pod> {
  const pod = await injectedPod('unexecutable-node', ordinary(name))
  const sidecar = sidecarOf(pod)
  const [run = '', port = '', ...decide] = sidecar.args ?? []
  const script = `[ -e ${run}/no-node ] || exec "$@"; exec /opt/greenroom/sidecar.cjs` // Which is no program.
  sidecar.args = [run, port, '/greenroom/busybox', 'sh', '-c', script, 'decide', ...decide]
  await namespace.create(pod)
  return namespace.until(name, 'Ready', isReady)
}

const takeNodeAway = (pod: Pod) => writeFileSync(`${volumeFolder(pod)}/no-node`, '')

const seenAfter = ({ sightings }: MarkerObserver, goneAt: number) => sightings.filter(({ from }) => from > goneAt)

/** By then there were as many tries to start Node since the last line of another kind as the resident made pauses between. */
function untilFailures(pod: Pod, count: number) {
  const look = (journal: string) => (journal.split('decider-exited 126').length > count ? true : undefined)
  return untilInVolume(pod, { file: 'journal', what: `${count} failures to start Node` }, look)
}

/** Deletes; resolves with the time at which the pod was gone. The app's preStop waits in vain, and no longer than its limit. */
async function walkOff(pod: Pod): Promise<number> {
  const { name } = pod.metadata
  await namespace.delete(name)
  return namespace.untilGone(name, (pod.spec.terminationGracePeriodSeconds ?? 0) * 1000 + afterGraceMs)
}
