import t from 'tap'
import { readRecords } from './support/app.ts'
import { readJournal } from './support/journal.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, statusOf } from './support/pod.ts'
import { firstProcessOf, processesOf } from './support/processes.ts'

const namespace = await createNamespace('pre-start')
t.teardown(() => namespace.remove())

const command = ['/app/orders', 'serve']
const once = { restartPolicy: 'Never' }

await namespace.create(
  ordersPod('fails', { env: { PRE_START: '3 10ms 3' }, container: { command }, spec: once }),
  ordersPod('hangs', {
    env: { PRE_START: '1 1h 0 child' },
    container: { command },
    spec: once,
    annotations: { 'greenroom.dev/pre-start-timeout': '3s' },
  }),
  ordersPod('is-deleted', { env: { PRE_START: '1 1h 0' }, container: { command } }),
  ordersPod('has-a-command', {
    env: { PRE_START: '2 500ms 0' },
    container: { command: ['/app/orders'], args: ['serve'], lifecycle: { postStart: { sleep: { seconds: 2 } } } },
  }),
  ordersPod('has-an-entrypoint', {
    annotations: { 'greenroom.dev/entrypoint': JSON.stringify(command) },
    container: { lifecycle: { preStop: { httpGet: { path: '/record?what=their-pre-stop', port: 8080 } } } },
  }),
  ordersPod('has-neither', {
    env: { PRE_START: '2 10ms 0' },
    annotations: { 'greenroom.dev/pre-start': '/app/hooks/preStart --all' },
  }),
)

const logOf = (name: string, container = 'app') => kubectl('logs', '-n', 'pre-start', name, '-c', container)
const untilEnded = async (name: string) => {
  const pod = await namespace.until(name, 'app ended', (pod) => statusOf(pod, 'app')?.state?.terminated !== undefined)
  return statusOf(pod, 'app')?.state?.terminated
}
const untilSaid = async (name: string, line: RegExp) => {
  await namespace.until(name, 'app running', (pod) => statusOf(pod, 'app')?.state?.running !== undefined)
  const deadline = Date.now() + 30_000
  while (!line.test(await logOf(name))) if (Date.now() > deadline) throw new Error(`no ${line} in the log of ${name}`)
}

t.test('preStart exits with 3: the app never exists, and its status says why', async (t) => {
  const ended = await untilEnded('fails')
  t.equal(ended?.exitCode, 3)
  t.equal(ended?.message, 'PreStartFailed: preStart (/app/hooks/preStart) exited with 3, so the app was not started.\n')
  const log = await logOf('fails')
  t.match(log, /^\[preStart\] line 1 of 3 (.|\n)*^\[preStart\] line 3 of 3 /m, "the hook's output can be read")
  t.notMatch(log, /orders started/)
})

t.test('preStart hangs: it is ended at its limit, and the app never exists', async (t) => {
  const ended = await untilEnded('hangs')
  t.equal(ended?.exitCode, 124)
  t.match(ended?.message, /^PreStartTimeout: preStart .* was ended at its limit of 3 s/)
  t.notMatch(await logOf('hangs'), /orders started/)
})

t.test('a pod that is deleted during preStart does not wait for it', async (t) => {
  await untilSaid('is-deleted', /^\[preStart\] line 1 /m)
  const begin = Date.now()
  await namespace.delete('is-deleted')
  await namespace.untilGone('is-deleted')
  t.ok(Date.now() - begin < 20_000, `gone after ${Date.now() - begin} ms`)
})

t.test('command and args: the app is PID 1, and its time begins when preStart is over', async (t) => {
  const pod = await namespace.until('has-a-command', 'Ready', isReady)
  t.equal(firstProcessOf(pod, 'app').command, '/app/orders serve')
  t.match(await logOf('has-a-command'), /\[preStart\] line 2 of 2 (.|\n)*orders started/)
  t.notOk(
    processesOf(pod, 'app').some(({ command }) => command.includes('/launch')),
    'nothing of launch is left',
  )
  const [record] = await readRecords(pod)
  const started = readJournal(pod).find(({ words }) => words.startsWith('started '))
  const lateMs = (started?.at ?? 0) - (record?.at ?? 0)
  t.ok(lateMs > 1900, `their postStart, which sleeps 2 s, came first (${lateMs} ms)`)
})

t.test('an entrypoint by annotation, and an httpGet handler behind ours', async (t) => {
  const pod = await namespace.until('has-an-entrypoint', 'Ready', isReady)
  t.equal(firstProcessOf(pod, 'app').command, '/app/orders serve')
  const log = kubectl('logs', '-n', 'pre-start', 'has-an-entrypoint', '-c', 'app', '-f')
  await namespace.delete('has-an-entrypoint')
  t.match(await log, /postOffline exits(.|\n)*their-pre-stop(.|\n)*SIGTERM/)
})

t.test('without a command, a hook that is named runs in an init container', async (t) => {
  const pod = await namespace.until('has-neither', 'Ready', isReady)
  t.match(await logOf('has-neither', 'greenroom-pre-start'), /^\[preStart\] line 2 of 2 /m)
  t.equal(pod.spec.initContainers?.at(-1)?.name, 'greenroom-pre-start')
  t.equal(firstProcessOf(pod, 'app').command, '/app/orders serve')
  t.notMatch(await logOf('has-neither'), /preStart/)
})
