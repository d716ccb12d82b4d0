import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { killActor } from './support/actors.ts'
import { readRecords } from './support/app.ts'
import { followJournal, type JournalLine, untilJournal } from './support/journal.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, ordersContainer, ordersPod, type Pod } from './support/pod.ts'

const namespace = await createNamespace('announce-test')
t.teardown(() => namespace.remove())

/** Not of Greenroom: the app's image, which notes what it is told. Its address is that of overlay/policy.yaml. */
await namespace.create(
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'registry' },
    spec: { clusterIP: '10.96.0.81', selector: { app: 'registry' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'registry', labels: { app: 'registry' } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        { ...ordersContainer('app'), readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 } },
      ],
    },
  },
)
const registry = await namespace.until('registry', 'Ready', isReady)
await kubectl(
  'wait',
  '-n',
  namespace.name,
  'endpointslice',
  '-l',
  'kubernetes.io/service-name=registry',
  '--for=jsonpath={.endpoints[0].conditions.ready}=true',
  '--timeout=30s',
)

/** What the registry was told of a pod, in order. */
const toldOf = async ({ metadata: { name } }: Pod) =>
  (await readRecords(registry)).filter(({ what }) => what.split(' ')[1] === name)

const create = async (name: string, announce: string): Promise<Pod> => {
  await namespace.create(ordersPod(name, { annotations: { 'greenroom.dev/announce': announce } }))
  return namespace.until(name, 'Ready', isReady)
}

const position = (lines: readonly JournalLine[], words: string) =>
  lines.findIndex((line) => line.words.startsWith(words))

t.test('a registry hears of a pod that is online, and that it is off before the drain', async (t) => {
  const pod = await create('told', 'registry')
  await untilJournal(pod, 'announced online registry ok')
  const ip = pod.status.podIP
  t.match(await toldOf(pod), [{ what: `online told ${ip} announce-test 192.0.2.1` }], 'the node too')

  const following = followJournal(pod)
  await namespace.delete('told')
  await namespace.untilGone('told')
  const lines = following.stop()
  const [, offline] = await toldOf(pod)
  t.match(offline, { what: `offline told ${ip}` })
  t.equal((await toldOf(pod)).length, 2, 'each once')
  const [announced, drained] = [position(lines, 'announced offline registry ok'), position(lines, 'drained')]
  t.ok(announced >= 0 && announced < drained, lines.map(({ words }) => words).join('; '))
})

t.test('an app that dies is off, and its next run is online', async (t) => {
  const pod = await create('dies', 'registry')
  await untilJournal(pod, 'announced online registry ok')
  await killActor(pod, 'app', 5000)
  for (const deadline = Date.now() + 60_000; (await toldOf(pod)).length < 3 && Date.now() < deadline; ) await sleep(100)
  t.strictSame(
    (await toldOf(pod)).map(({ what }) => what.split(' ')[0]),
    ['online', 'offline', 'online'],
  )
})

t.test('a registry that does not answer keeps no pod from anything, and its time is in the grace period', async (t) => {
  const pod = await create('unheard', 'silent-registry')
  await untilJournal(pod, 'announced online silent-registry failed')
  const without = await create('alone', '')
  const grace = ({ spec }: Pod) => spec.terminationGracePeriodSeconds ?? 0
  t.equal(grace(pod) - grace(without), 2, 'twice 500 ms and the pause, in whole seconds')
  const following = followJournal(pod)
  await namespace.delete('unheard')
  await namespace.untilGone('unheard')
  const lines = following.stop()
  const story = lines.map(({ words }) => words).join('; ')
  t.ok(position(lines, 'announced offline silent-registry failed') < position(lines, 'drained'), story)
  t.ok(position(lines, 'released') >= 0, story)
})
