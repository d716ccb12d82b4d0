import t from 'tap'
import { readRecords } from './support/app.ts'
import { followLog, kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod } from './support/pod.ts'

const namespace = await createNamespace('own-programs')
t.teardown(() => namespace.remove())

t.test("launch, hooks and handlers find the image's own sh and grep, not the helper's", async (t) => {
  const exec = (...command: string[]) => ({ exec: { command } })
  await namespace.create(
    ordersPod('orders', {
      env: { PATH: '/app/bin' },
      annotations: {
        'greenroom.dev/pre-online': '/app/bin/grep pre-online',
        'greenroom.dev/post-offline': '/app/bin/sh -c post-offline',
      },
      container: {
        command: ['sh', 'serve'],
        lifecycle: { postStart: exec('grep', 'post-start'), preStop: exec('sh', '-c', 'pre-stop') },
      },
    }),
  )
  const pod = await namespace.until('orders', 'Ready', isReady)
  t.match(await kubectl('logs', '-n', 'own-programs', 'orders', '-c', 'app'), /^the image's sh: serve$/m, 'launch')
  const told = (await readRecords(pod)).map(({ what }) => what)
  t.ok(told.includes("the image's grep: pre-online"), 'a hook')
  t.ok(told.includes("the image's grep: post-start"), "the app's postStart")

  const log = followLog('own-programs', 'orders', 'app')
  t.teardown(() => log.stop())
  await log.until(/serve/)
  await namespace.delete('orders')
  await namespace.untilGone('orders')
  await log.ended
  const isIn = (words: string) => log.lines.some(({ text }) => text.startsWith(`${words} at `))
  t.ok(isIn("the image's sh: -c post-offline"), 'the last hook')
  t.ok(isIn("the image's sh: -c pre-stop"), "and the app's preStop")
})
