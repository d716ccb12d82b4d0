import t from 'tap'
import { askSidecar, readRecords } from './support/app.ts'
import { readJournal, untilJournal } from './support/journal.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './support/pod.ts'
import { firstProcessOf } from './support/processes.ts'
import { untilStatus } from './support/volume.ts'

const namespace = await createNamespace('hold')
t.teardown(() => namespace.remove())

const say = (pod: Pod, word: string) =>
  kubectl('exec', '-n', 'hold', pod.metadata.name, '-c', 'greenroom', '--', '/greenroom/say', word)
const wordsOf = (pod: Pod) => readJournal(pod).map(({ words }) => words)
const offReady = (pod: Pod) => !isReady(pod)

t.test('a version that is held comes up without traffic, is verified, released, and stays released', async (t) => {
  const { metadata, spec } = ordersPod('held', {
    env: { VERIFY: '2 50ms 0' },
    labels: { app: 'held' },
    annotations: { 'greenroom.dev/hold': 'true', 'greenroom.dev/verify': '/app/more/verify' },
  })
  const template = { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec }
  const selector = { matchLabels: { app: 'held' } }
  await namespace.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'held' },
    spec: { replicas: 1, selector, template },
  })
  const pod = await namespace.untilAny('held by status', (pod) => statusOf(pod, 'app')?.ready === true)
  t.equal(await untilStatus(pod, 'held'), 'held: it is warm and waits for release\n')
  t.notOk(isReady(pod))
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 404)
  const names = (await readRecords(pod)).map(({ what }) => what.replace(/ .*/, ''))
  t.ok(names.indexOf('verify') > names.lastIndexOf('preOnline'), 'verify ran after preOnline')

  const replicaSet = pod.metadata.ownerReferences?.[0]?.name ?? 'a ReplicaSet'
  await kubectl('label', 'replicaset', '-n', 'hold', replicaSet, 'greenroom.dev/released=true')
  t.notOk(isReady(namespace.history(pod.metadata.name).at(-1)?.pod ?? pod), 'which is for pods to come')
  t.equal(await say(pod, 'release'), 'noted: release\n')
  await namespace.until(pod.metadata.name, 'Ready', isReady)
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200)

  await namespace.delete(pod.metadata.name)
  const next = await namespace.untilAny('Ready', (other) => other.metadata.uid !== pod.metadata.uid && isReady(other))
  t.notOk(
    wordsOf(next).some((words) => words.startsWith('release')),
    'nobody has said it to this one',
  )

  // An undo copies the annotations of its ReplicaSet to the Deployment, and that to all ReplicaSets to come.
  const change = (x: string) => kubectl('set', 'env', '-n', 'hold', 'deployment/held', `X=${x}`)
  const versionOf = ({ metadata: { ownerReferences } }: Pod) => ownerReferences?.[0]?.name
  const isHeld = (seen: readonly (string | undefined)[]) => (pod: Pod) =>
    !seen.includes(versionOf(pod)) && statusOf(pod, 'app')?.ready === true
  await change('2')
  const second = await namespace.untilAny('second', isHeld([replicaSet]))
  t.equal(await untilStatus(second, 'held'), 'held: it is warm and waits for release\n')
  await kubectl('rollout', 'undo', '-n', 'hold', 'deployment/held')
  await change('3')
  const third = await namespace.untilAny('third', isHeld([replicaSet, versionOf(second)]))
  t.equal(await untilStatus(third, 'held'), 'held: it is warm and waits for release\n', 'after an undo, too')

  const version = versionOf(third) ?? 'a ReplicaSet'
  await kubectl('label', 'replicaset', '-n', 'hold', version, 'greenroom.dev/released=true')
  await namespace.delete(third.metadata.name)
  const released = (pod: Pod) => pod.metadata.uid !== third.metadata.uid && versionOf(pod) === version && isReady(pod)
  const fourth = await namespace.untilAny('a released pod of the third version', released)
  t.notOk(wordsOf(fourth).some((words) => words.startsWith('release ')))
})

t.test('take-offline is at once and outlives the app; bring-online undoes it; reload changes nothing', async (t) => {
  await namespace.create(
    ordersPod('switched', { env: { RELOAD: '1 10ms 0' }, annotations: { 'greenroom.dev/reload': '/app/more/reload' } }),
  )
  const pod = await namespace.until('switched', 'Ready', isReady)
  await say(pod, 'reload')
  const boot = wordsOf(pod)
    .find((words) => words.startsWith('started '))
    ?.replace('started ', '')
  await untilJournal(pod, `hook-exited ${boot} reload 0`)
  t.ok((await readRecords(pod)).some(({ what }) => what.startsWith('reload begins')))
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200)

  await say(pod, 'take-offline')
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 404)
  await namespace.until('switched', 'not Ready', offReady)
  process.kill(firstProcessOf(pod, 'app').pid, 'SIGKILL')
  await namespace.until(
    'switched',
    'app again',
    (pod) => statusOf(pod, 'app')?.restartCount === 1 && statusOf(pod, 'app')?.ready === true,
  )
  t.match(await untilStatus(pod, 'held'), /^held: an operator took it offline/)

  await say(pod, 'bring-online')
  await namespace.until('switched', 'Ready', isReady)
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200)
})
