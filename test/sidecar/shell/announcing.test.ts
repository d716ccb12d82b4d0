import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Announcer } from '../../../policy/settings.ts'
import { listening } from '../../listening.ts'
import { createAnnouncingPod } from './announcing-pod.ts'
import { helper, startAgent } from './app.ts'
import { hasMarker, isReady, journal, journaled, shell, tellResident } from './sidecar.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'

interface Registry {
  readonly port: number
  /** Method and path of each call, in order. */
  readonly calls: string[]
  /** What it answers; 0: nothing. */
  code: number
  /** Runs at each call. */
  look: () => void
}

async function startRegistry(t: Test): Promise<Registry> {
  const registry: Registry & { port: number } = { port: 0, calls: [], code: 200, look: () => {} }
  const server = createServer((request, response) => {
    registry.look()
    registry.calls.push(`${request.method} ${request.url}`)
    if (registry.code !== 0) response.writeHead(registry.code).end('{}')
  })
  registry.port = await listening(t, server)
  return registry
}

const announcerAt = (name: string, { port }: Registry): Announcer => ({
  name,
  timeoutMs: 500,
  online: { method: 'PUT', url: `http://127.0.0.1:${port}/{namespace}/{pod}?port={port}` },
  offline: { method: 'DELETE', url: `http://{nodeIP}:${port}/{application}/{ip}` },
})

const onlineCall = 'PUT /shop/pod-1?port=8080'
const offlineCall = 'DELETE /orders/127.0.0.1'

const isOnline = (stage: Stage) => until('online', () => hasMarker(stage) && isReady(stage))
const line = (stage: Stage, start: string) => journal(stage).findIndex((line) => line.startsWith(start))

t.jobs = 3

t.test('a registry is told after the marker is there, and again before the drain', async (t) => {
  const registry = await startRegistry(t)
  const markers: boolean[] = []
  const { stage, startSidecar } = await createAnnouncingPod(t, {
    port: 8080,
    announcers: [announcerAt('gateway', registry)],
  })
  registry.look = () => markers.push(hasMarker(stage))
  const sidecar = await startSidecar()
  await startAgent(stage)
  await journaled(stage, `announced online gateway ok PUT http://127.0.0.1:${registry.port}/shop/pod-1: HTTP 200`)
  t.strictSame([registry.calls, markers], [[onlineCall], [true]])

  const deleting = stage.start({ container: 'sidecar', argv: shell(stage, 'deleting', stage.run) })
  const offline = stage.start({
    container: 'app',
    argv: helper(stage, 'offline', join(stage.run, 'shared'), '60', '5'),
  })
  t.same([await deleting.exited, await offline.exited], [0, 0])
  t.strictSame(
    [registry.calls, markers],
    [
      [onlineCall, offlineCall],
      [true, false],
    ],
  )
  t.ok(line(stage, 'announced offline gateway ok ') < line(stage, 'drained '), journal(stage).join('; '))
  stage.kill('app')
  await journaled(stage, /^exited/)
  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 0)
  t.equal(registry.calls.length, 2, 'it is told once')
})

t.test('one that is silent stops neither the pod nor the other, and is said in the state', async (t) => {
  const [silent, other] = [await startRegistry(t), await startRegistry(t)]
  silent.code = 0
  const { stage, startSidecar } = await createAnnouncingPod(t, {
    port: 8080,
    announcers: [announcerAt('silent', silent), announcerAt('other', other)],
  })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await isOnline(stage)
  await journaled(stage, /^announced online other ok /)
  t.equal(line(stage, 'announced online silent'), -1, 'in parallel')
  await journaled(stage, /^announced online silent failed .* no answer within 500 ms$/)
  await until(
    'the state',
    async () => (await sidecar.ask({ path: '/status' })).body === 'online (silent could not be told)\n',
  )
  await until('its words', () =>
    sidecar.lines.some((line) => /announcer silent: online: .*, asking once more$/.test(line)),
  )
  t.equal(silent.calls.length, 2)

  stage.start({ container: 'sidecar', argv: shell(stage, 'deleting', stage.run) })
  const offline = stage.start({
    container: 'app',
    argv: helper(stage, 'offline', join(stage.run, 'shared'), '60', '5'),
  })
  t.equal(await offline.exited, 0)
  t.ok(line(stage, 'announced offline silent failed') < line(stage, 'drained '), journal(stage).join('; '))
  t.same([silent.calls.length, other.calls.length], [4, 2])
})

t.test(
  'an app that dies, an operator and a new run are told; a sidecar that was killed tells the difference only',
  async (t) => {
    const registry = await startRegistry(t)
    const { stage, startSidecar } = await createAnnouncingPod(t, {
      port: 8080,
      announcers: [announcerAt('gateway', registry)],
    })
    const told = (...calls: string[]) => until(`${calls}`, () => registry.calls.join() === calls.join())
    await startSidecar()
    await startAgent(stage)
    await told(onlineCall)
    await journaled(stage, /^announced online/)

    stage.kill('sidecar')
    await startSidecar()
    await until('online again', () => journal(stage).filter((line) => line === 'online').length === 2)
    t.strictSame(registry.calls, [onlineCall], 'it knows that already')

    tellResident(stage, 'take-offline me')
    await told(onlineCall, offlineCall)
    tellResident(stage, 'bring-online me')
    await told(onlineCall, offlineCall, onlineCall)
    stage.kill('app')
    await told(onlineCall, offlineCall, onlineCall, offlineCall)
    await startAgent(stage)
    await told(onlineCall, offlineCall, onlineCall, offlineCall, onlineCall)
  },
)
