import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { fixturePod, shell, shellCommand } from './fixture-pod.ts'
import { createKubelet } from './kubelet.ts'
import type { Pod } from './pod.ts'
import { taggedPids } from './process.ts'
import { createRunFolder } from './run-folder.ts'
import { buildStage } from './stage.ts'
import { createTimeline, type Happening, waitFor } from './timeline.ts'

const limitMs = 20_000
const ip = '127.0.0.1'

function prepare(t: Test, pod: Pod) {
  const run = createRunFolder()
  t.teardown(run.clear)
  const timeline = createTimeline(() => performance.now())
  const stage = buildStage(pod, { ...run, identity: { uid: 'u-1', ip }, images: { shell: {} } })
  const until = (matches: (happening: Happening) => boolean) => waitFor(timeline, matches, limitMs)
  const indexOf = (words: string) => timeline.happenings.findIndex((happening) => tell(happening) === words)
  const inOrder = (...expected: readonly string[]) => {
    const indexes = expected.map(indexOf)
    const sorted = indexes.every((index, place) => index >= 0 && index > (indexes[place - 1] ?? -1))
    t.ok(sorted, expected.join(' < '), { seen: timeline.happenings.map(tell) })
  }
  return { run, timeline, until, inOrder, kubelet: createKubelet(pod, ip, stage, timeline) }
}

function tell(happening: Happening): string {
  const { kind } = happening
  if (kind === 'line') return `${happening.container}: ${happening.text}`
  if ('handler' in happening) return `${kind} ${happening.handler} ${happening.container}`
  if (kind === 'signalled') return `${happening.signal} ${happening.container}`
  if (kind === 'pod-ready') return happening.ready ? 'pod ready' : 'pod unready'
  return 'container' in happening ? `${kind} ${happening.container}` : kind
}

const says = (container: string, text: string) => (happening: Happening) => tell(happening) === `${container}: ${text}`
const exec = (script: string) => ({ exec: { command: shellCommand(script) } })
const sidecar = { restartPolicy: 'Always' }
/** Ends on SIGTERM as a service does, while its children are away. */
const service = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.02; done'

await t.test('start: init containers to their end, sidecars up, then apps', async (t) => {
  const { kubelet, inOrder, until } = prepare(
    t,
    fixturePod({
      initContainers: [
        shell('first', 'sleep 0.1; echo done'),
        shell('proxy', service, { ...sidecar, lifecycle: { postStart: exec('sleep 0.2') } }),
        shell('second', 'echo done'),
      ],
      containers: [shell('web', service, { lifecycle: { postStart: exec('sleep 0.1') } }), shell('worker', service)],
    }),
  )
  await kubelet.start()
  inOrder('started first', 'first: done', 'exited first', 'started proxy', 'handled postStart proxy', 'started second')
  inOrder('exited second', 'started web', 'handled postStart web', 'started worker')
  t.ok(await until(({ kind }) => kind === 'pod-ready'), 'without probes, ready is up')
  await kubelet.delete()
})

await t.test('a failed init container runs again, at once the first time', async (t) => {
  const mount = { volumeMounts: [{ name: 'v', mountPath: '/data' }] }
  const { kubelet, timeline, inOrder } = prepare(
    t,
    fixturePod({
      volumes: [{ name: 'v', emptyDir: {} }],
      initContainers: [
        shell(
          'init',
          'echo again >>/data/tries; echo why >/dev/termination-log; [ "$(wc -l </data/tries)" -gt 1 ]',
          mount,
        ),
      ],
    }),
  )
  await kubelet.start()
  inOrder('exited init', 'backing-off init', 'started app')
  t.match(
    timeline.happenings.filter(({ kind }) => kind === 'exited' || kind === 'backing-off'),
    [{ code: 1, message: 'why' }, { delayMs: 0 }, { code: 0 }],
  )
  await kubelet.delete()
})

await t.test('a failed init container of a pod that never restarts is the end', async (t) => {
  const { kubelet } = prepare(t, fixturePod({ restartPolicy: 'Never', initContainers: [shell('init', 'exit 3')] }))
  await t.rejects(kubelet.start(), { message: 'init failed: so did the pod.' })
})

await t.test('a container that exits takes all its processes along and comes back', async (t) => {
  const pod = fixturePod({ containers: [shell('app', 'setsid sleep 60 & sleep 0.2; echo over; exit 1')] })
  const { kubelet, timeline, run, until } = prepare(t, pod)
  await kubelet.start()
  let left = -1
  timeline.listen(({ kind }) => {
    if (kind === 'exited' && left < 0) left = taggedPids(run.tag).length
  })
  await until(({ kind }) => kind === 'backing-off')
  t.equal(left, 0, 'nothing was left in the container')
  t.ok(await until(says('app', 'over')))
  await kubelet.delete()
  t.equal(taggedPids(run.tag).length, 0)
})

await t.test(
  'delete: all preStops at once, the app’s SIGTERM after its own, the sidecar’s after the app',
  async (t) => {
    const { kubelet, inOrder, until } = prepare(
      t,
      fixturePod({
        initContainers: [shell('proxy', service, { ...sidecar, lifecycle: { preStop: exec('true') } })],
        containers: [shell('web', service, { lifecycle: { preStop: exec('sleep 0.3') } })],
      }),
    )
    await kubelet.start()
    await Promise.all([until(says('web', 'up')), until(says('proxy', 'up'))])
    await kubelet.delete()
    inOrder(
      'handling preStop proxy',
      'handled preStop proxy',
      'handled preStop web',
      'SIGTERM web',
      'web: bye',
      'exited web',
    )
    inOrder('handling preStop web', 'handled preStop proxy', 'exited web', 'SIGTERM proxy', 'proxy: bye', 'pod-gone')
  },
)

await t.test('who does not end within the grace period is killed', async (t) => {
  const pod = fixturePod({
    containers: [shell('app', 'trap "" TERM; echo up; while :; do sleep 0.05; done')],
    terminationGracePeriodSeconds: 1,
  })
  const { kubelet, inOrder, until } = prepare(t, pod)
  await kubelet.start()
  await until(says('app', 'up'))
  await kubelet.delete()
  inOrder('SIGTERM app', 'SIGKILL app', 'exited app', 'pod-gone')
})

await t.test('a preStop that does not return is given up with the grace period', async (t) => {
  const lifecycle = { preStop: exec('sleep 60') }
  const pod = fixturePod({ containers: [shell('app', service, { lifecycle })], terminationGracePeriodSeconds: 1 })
  const { kubelet, inOrder, until, run } = prepare(t, pod)
  await kubelet.start()
  await until(says('app', 'up'))
  await kubelet.delete()
  inOrder('handling preStop app', 'SIGTERM app', 'app: bye', 'pod-gone')
  t.equal(taggedPids(run.tag).length, 0, 'it ended with its container')
})

await t.test('readiness follows the probe, with its headers and thresholds', async (t) => {
  let status = 503
  const seen = new Set<string | undefined>()
  const server = createServer((request, response) => {
    seen.add(`${request.url} ${request.headers['x-token']}`)
    response.writeHead(status).end()
  }).listen(0, ip)
  t.teardown(() => server.close())
  await delay(0)
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const readinessProbe = {
    httpGet: { path: '/ready', port: 'web', httpHeaders: [{ name: 'X-Token', value: 'abc' }] },
    periodSeconds: 0.05,
    failureThreshold: 2,
  }
  const ports = [{ name: 'web', containerPort: port }]
  const { kubelet, until, timeline } = prepare(
    t,
    fixturePod({ containers: [shell('app', service, { ports, readinessProbe })] }),
  )
  await kubelet.start()
  t.notOk(timeline.happenings.some(({ kind }) => kind === 'pod-ready'))
  status = 200
  t.ok(await until((happening) => happening.kind === 'pod-ready' && happening.ready))
  status = 500
  t.ok(await until((happening) => happening.kind === 'pod-ready' && !happening.ready))
  t.strictSame([...seen], ['/ready abc'])
  await kubelet.delete()
})
