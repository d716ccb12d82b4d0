import t from 'tap'
import { askApp, askSidecar, readRecords } from './support/app.ts'
import { readJournal } from './support/journal.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, statusOf } from './support/pod.ts'
import { serviceFor, untilEndpoint } from './support/service.ts'

const namespace = await createNamespace('health')
t.teardown(() => namespace.remove())

t.test('an app that answers 503 while online loses its traffic and gets it back without preOnline', async (t) => {
  const orders = ordersPod('orders', { annotations: { 'greenroom.dev/healthcheck-dir': '/web/greenroom' } })
  await namespace.create(serviceFor('orders'), orders)
  const pod = await namespace.until('orders', 'Ready', isReady)
  await untilEndpoint('health', 'orders', true)
  t.equal((await askApp(pod, '/greenroom/healthcheck.html')).status, 200, 'the marker, from its own web server')

  await askApp(pod, '/set?health=503')
  t.equal((await askApp(pod, '/greenroom/healthcheck.html')).status, 503, 'the marker fails with the web server')
  const ill = await namespace.until('orders', 'not Ready', (pod) => !isReady(pod))
  t.equal(statusOf(ill, 'app')?.ready, false, 'by its own readiness probe')
  t.equal(statusOf(ill, 'greenroom')?.ready, true, "not by the sidecar's")
  await untilEndpoint('health', 'orders', false)
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200, 'the sidecar stays online')
  t.equal(await (await askSidecar(pod, '/status')).text(), 'online\n')

  await askApp(pod, '/set?health=200')
  t.equal((await askApp(pod, '/greenroom/healthcheck.html')).status, 200, 'the marker is back')
  await namespace.until('orders', 'Ready', isReady)
  await untilEndpoint('health', 'orders', true)

  const hooks = (await readRecords(pod)).filter(({ what }) => what.startsWith('preOnline begins'))
  t.equal(hooks.length, 1, 'preOnline ran once, before all of this')
  t.match(readJournal(pod).at(-1), { words: 'online' }, 'and nothing has happened since')
})
