import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { killActor, signalApp } from './support/actors.ts'
import { askApp, askSidecar, readRecords } from './support/app.ts'
import { keepJournal, readJournal, untilJournal } from './support/journal.ts'
import { createNamespace, type Namespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { serviceFor, untilEndpoint } from './support/service.ts'
import { untilTrue } from './support/until-true.ts'
import { untilStatus } from './support/volume.ts'

const namespace = await createNamespace('check')
t.teardown(() => namespace.remove())

const failureThreshold = 2
/** One period, what the check and the kubelet need of the next, and a busy node. */
const withinMs = (periods: number) => periods * 1000 + 1500

const checked = (name: string, readinessProbe: object = {}) =>
  ordersPod(name, {
    annotations: { 'greenroom.dev/check': 'true', 'greenroom.dev/drain': 'min=0s,max=2s' },
    labels: { app: name },
    container: {
      readinessProbe: {
        httpGet: { path: '/health', port: 8080 },
        periodSeconds: 1,
        failureThreshold,
        ...readinessProbe,
      },
    },
  })

async function start(namespace: Namespace, name: string, probe?: object): Promise<Pod> {
  await namespace.create(checked(name, probe))
  return namespace.until(name, 'Ready', isReady)
}

/** 0 where nobody answers. */
const markerAt = (pod: Pod) =>
  askSidecar(pod, '/healthcheck.html').then(
    ({ status }) => status,
    () => 0,
  )
const words = (pod: Pod) => readJournal(pod).map(({ words }) => words)

/** Asks as a load balancer does until the sidecar answers so; how long that took. */
async function untilMarker(pod: Pod, status: number, periods: number): Promise<number> {
  const begin = Date.now()
  for (;;) {
    if ((await markerAt(pod)) === status) return Date.now() - begin
    if (Date.now() - begin > withinMs(periods))
      throw new Error(`no ${status} within ${withinMs(periods)} ms: ${words(pod).join('; ')}`)
    await sleep(50)
  }
}

t.test('an app that answers 503 loses the marker at the sidecar, and gets it back without preOnline', async (t) => {
  await namespace.create(serviceFor('ill'))
  const pod = await start(namespace, 'ill')
  t.equal(await markerAt(pod), 200)
  t.match(pod.spec.containers[0]?.readinessProbe, { httpGet: { path: '/check', port: 15720 }, timeoutSeconds: 2 })

  await askApp(pod, '/set?health=503')
  t.comment(`off after ${await untilMarker(pod, 404, failureThreshold)} ms`)
  await untilStatus(pod, 'isolated')
  const ill = await namespace.until('ill', 'not Ready', (pod) => !isReady(pod) && statusOf(pod, 'app')?.ready === false)
  t.equal(statusOf(ill, 'app')?.restartCount, 0)
  await untilEndpoint('check', 'ill', false)

  await askApp(pod, '/set?health=200')
  t.comment(`on after ${await untilMarker(pod, 200, 1)} ms`)
  await namespace.until('ill', 'Ready', isReady)
  await untilEndpoint('check', 'ill', true)

  const hooks = (await readRecords(pod)).filter(({ what }) => what.startsWith('preOnline begins'))
  t.equal(hooks.length, 1, 'preOnline ran once, before all of this')
  t.strictSame(words(pod).slice(-4), ['online', 'unhealthy 503', 'healthy', 'online'])
})

t.test('an app that hangs loses it too', async (t) => {
  const pod = await start(namespace, 'hung')
  t.equal(await markerAt(pod), 200)
  signalApp(pod, 'SIGSTOP')
  t.comment(`off after ${await untilMarker(pod, 404, failureThreshold * 3)} ms`)
  signalApp(pod, 'SIGCONT')
  await untilMarker(pod, 200, 3)
})

t.test('a sidecar that is killed while the app is isolated comes back isolated', async (t) => {
  const pod = await start(namespace, 'restarted')
  await askApp(pod, '/set?health=503')
  await untilMarker(pod, 404, failureThreshold)
  const before = words(pod).filter((line) => line.startsWith('sidecar-started')).length
  t.ok(await killActor(pod, 'sidecar', 0))
  await namespace.until(
    'restarted',
    'its sidecar started again',
    (pod) => (statusOf(pod, 'greenroom')?.restartCount ?? 0) > 0,
  )
  const isBack = () => words(pod).filter((line) => line.startsWith('sidecar-started')).length > before
  t.ok(await untilTrue(isBack, Date.now() + 10_000))
  await untilMarker(pod, 404, 2)
  await askApp(pod, '/set?health=200')
  await untilMarker(pod, 200, 5)
  const hooks = (await readRecords(pod)).filter(({ what }) => what.startsWith('preOnline begins'))
  t.equal(hooks.length, 1)
})

t.test('a pod that is deleted while isolated goes, and its marker does not come back', async (t) => {
  const pod = await start(namespace, 'deleted')
  await askApp(pod, '/set?health=503')
  await untilMarker(pod, 404, failureThreshold)
  const journal = keepJournal(pod)
  t.teardown(() => journal.close())
  await namespace.delete('deleted')
  // Until the kubelet says so, the app that is well again gets its traffic back.
  await untilJournal(pod, 'deleting')
  await askApp(pod, '/set?health=200').catch(() => t.comment('it had gone already'))
  let isGone = false
  const gone = namespace.untilGone('deleted', 30_000).finally(() => {
    isGone = true
  })
  while (!isGone) {
    t.not(
      await markerAt(pod),
      200,
      journal
        .read()
        .map(({ words }) => words)
        .join('; '),
    )
    await Promise.race([gone, sleep(200)])
  }
  await gone
})

t.test('without check the probe is the one that was written', async (t) => {
  const probe = { httpGet: { path: '/health', port: 8080, scheme: 'HTTP' }, periodSeconds: 1 }
  await namespace.create(ordersPod('plain', { container: { readinessProbe: probe } }))
  const pod = await namespace.until('plain', 'Ready', isReady)
  t.match(pod.spec.containers[0]?.readinessProbe, probe)
  t.equal((await askSidecar(pod, '/check')).status, 404)
})
