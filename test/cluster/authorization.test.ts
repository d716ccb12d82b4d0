import t, { type Test } from 'tap'
import { readCalls, readGrants, setBehaviour } from './support/authorization-server.ts'
import { restartKubelet } from './support/kubelet.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'

// Ten restarts under the kubelet's own back-off would take half an hour.
await restartKubelet({ GREENROOM_CRASH_LOOP_MAX: '1s' })
t.teardown(() => restartKubelet())

const namespace = await createNamespace('authorization-test')
t.teardown(() => namespace.remove())

/** The server knows one behaviour at a time, and forgets it for those who asked before. */
const create = async (application: string, mode: 'fail' | 'throttle' | 'queue' | 'hang', times?: number) => {
  await setBehaviour({ application, mode, retryAfterSeconds: 3, ...(times && { times }) })
  await namespace.create(ordersPod(application, { labels: { app: application } }))
}
t.teardown(() => setBehaviour({ application: 'none', mode: 'grant' }))

const authorizeOf = (pod: Pod) => statusOf(pod, 'greenroom-authorize')
const endedOnce = (pod: Pod) => messagesOf(pod).length > 0
/** From now on no attempt is left, and the server may be told of another application. */
const hasSpentAll = (pod: Pod) => messagesOf(pod).some((message) => message.startsWith('AuthorizationAttemptsSpent'))

t.test('a service that answers 500 gets two calls, over ten restarts', async (t) => {
  await create('fails', 'fail')
  const pod = await namespace.until('fails', 'start ended', endedOnce)
  t.match(messagesOf(pod)[0], /^AuthorizationUnavailable: mysql:orders for fails at \S+ is not granted \(HTTP 500: /)
  t.equal((await readCalls(pod.metadata.uid)).length, 2, 'a call and its retry')
  await namespace.until('fails', 'attempts spent', hasSpentAll)
})

t.test('a service that throttles gets one call in a start, and two in all', async (t) => {
  await create('throttled', 'throttle')
  const pod = await namespace.until('throttled', 'start ended', endedOnce)
  t.match(messagesOf(pod)[0], /^AuthorizationThrottled: mysql:orders for throttled at \S+ is not granted, the service /)
  t.equal((await readCalls(pod.metadata.uid)).length, 1)
  await namespace.until('throttled', 'attempts spent', hasSpentAll)
  t.equal((await readCalls(pod.metadata.uid)).length, 2)
})

t.test('a service that queues twice and then grants is asked three times, in one start', async (t) => {
  await create('queued', 'queue', 2)
  const pod = await namespace.until('queued', 'Ready', isReady)
  const calls = await readCalls(pod.metadata.uid)
  t.same(
    calls.map(({ answer }) => answer),
    ['queued', 'queued', 'granted'],
  )
  const [first = 0, second = 0, third = 0] = calls.map(({ time }) => Date.parse(time))
  t.ok(second - first >= 3000 && third - second >= 3000, 'not earlier than it asked for')
  t.match(authorizeOf(pod), { restartCount: 0, state: { terminated: { exitCode: 0 } } })
  t.match(messagesOf(pod), [/^AuthorizationGranted: mysql:orders for queued at \S+ is granted\.$/])
  t.ok((await readGrants())[pod.metadata.uid])
})

t.test('a service that does not answer is given up within the limits', async (t) => {
  await create('hangs', 'hang')
  const running = await namespace.until('hangs', 'asking', (pod) => authorizeOf(pod)?.state?.running !== undefined)
  const begunAt = Date.now()
  const pod = await namespace.until('hangs', 'start ended', endedOnce)
  const seconds = (Date.now() - begunAt) / 1000
  t.match(messagesOf(pod)[0], /^AuthorizationUnavailable: .* \(no answer within \d+ ms, also when asked again\)/)
  t.ok(seconds < 15, `within the start's 15 s (${seconds} s)`)
  t.same(
    (await readCalls(running.metadata.uid)).map(({ answer }) => answer),
    ['hang', 'hang'],
  )
})

for (const name of ['fails', 'throttled']) {
  t.test(`${name}: ten restarts later the pod still has made two calls, and says why`, async (t) => {
    const pod = await namespace.until(
      name,
      'ten restarts',
      (pod) => (authorizeOf(pod)?.restartCount ?? 0) >= 10,
      120_000,
    )
    t.equal((await readCalls(pod.metadata.uid)).length, 2, 'two calls in all')
    t.notOk((await readGrants())[pod.metadata.uid])
    t.notOk(statusOf(pod, 'app')?.state?.running, 'the app has not started')
    assertSentences(t, name)
  })
}

function assertSentences(t: Test, name: string) {
  const messages = new Set(namespace.history(name).flatMap(({ pod }) => messagesOf(pod)))
  for (const message of messages) t.match(message, /^Authorization[A-Z]\w+: [^\n]{20,305}\.$/, message)
  const last = messagesOf(namespace.history(name).at(-1)?.pod).at(-1)
  t.match(
    last,
    /^AuthorizationAttemptsSpent: .* was not asked for, all attempts are spent \(.*\); the first restart after /,
  )
}

/** Termination messages of the init container that the pod's status shows: of the start before, and of this one. */
function messagesOf(pod: Pod | undefined): string[] {
  const status = pod && authorizeOf(pod)
  return [status?.lastState, status?.state].flatMap((state) => state?.terminated?.message ?? [])
}
