import { readdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { killActor } from './support/actors.ts'
import { askApp, askSidecar } from './support/app.ts'
import { readGrants } from './support/authorization-server.ts'
import { hasRestarted, healthcheckDir } from './support/cell.ts'
import { countOomKills } from './support/cgroup.ts'
import { tell } from './support/fifo.ts'
import { readJournal } from './support/journal.ts'
import { kubectl } from './support/kubectl.ts'
import { observeMarker } from './support/marker-observer.ts'
import { createNamespace, type Namespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod } from './support/pod.ts'
import { firstProcessOf, processesOf } from './support/processes.ts'
import { untilTrue } from './support/until-true.ts'
import { untilInVolume, volumeFolder } from './support/volume.ts'

/** The marker goes within milliseconds; a sidecar that is being flooded on two busy cores needs longer. */
const goneWithinMs = 6000
/** There is room for more than the idle ones; two busy cores need a while all the same. */
const answeredWithinMs = 9000
const afterGraceMs = 10_000
/** A kilobyte for each second of the flood would do. */
const journalLimitBytes = 500_000

interface Attacker {
  readonly t: Test
  readonly namespace: Namespace
  readonly pod: Pod
  attack(...args: string[]): Promise<string>
}

t.jobs = 2

t.test('an app that is user 1000, in a restricted namespace, cannot break out', async (t) => {
  const attacker = await startAttacker(t, 'trust-user', 'restricted', {})
  await attackByAllMeans(attacker)
  await assertDeletionWorks(attacker)
})

t.test('nor can one that is root', async (t) => {
  const attacker = await startAttacker(t, 'trust-root', 'privileged', { securityContext: { runAsUser: 0 } })
  await attackByAllMeans(attacker)
  await assertDeathWorks(attacker)
})

async function startAttacker(t: Test, name: string, podSecurity: string, container: object): Promise<Attacker> {
  const namespace = await createNamespace(name, podSecurity)
  t.teardown(() => namespace.remove())
  await namespace.create(ordersPod('orders', { annotations: healthcheckDir, container }))
  const pod = await namespace.until('orders', 'Ready', isReady)
  const attack = (...args: string[]) =>
    kubectl('exec', 'orders', '-n', name, '-c', 'app', '--', '/app/orders', 'attack', ...args)
  return { t, namespace, pod, attack }
}

async function attackByAllMeans(attacker: Attacker): Promise<void> {
  const { t } = attacker
  for (const attack of [plant, takeLock, sayForgedWords, askForFiles, holdConnections, flood]) {
    await attack(attacker)
    await assertUnmoved(attacker, attack.name)
  }
  t.equal(countOomKills(attacker.pod, 'greenroom'), 0, 'the sidecar stays below its limit of memory')
}

async function plant({ t, pod, attack }: Attacker): Promise<void> {
  const before = listVolume(pod)
  const attempts = (await attack('plant')).trim().split('\n')
  t.ok(attempts.length > 50, `${attempts.length} attempts`)
  t.same(notRefused(attempts), [], 'nothing can be planted, and nothing private be seen')
  t.same(listVolume(pod), before, 'the volume is as it was')
}

async function takeLock({ t, attack }: Attacker): Promise<void> {
  t.same(notRefused((await attack('lock')).trim().split('\n')), [], 'the lock is held')
}

async function sayForgedWords({ t, pod, attack }: Attacker): Promise<void> {
  const before = readJournal(pod).map(({ words }) => words)
  const started = before.find((words) => words.startsWith('started ')) ?? ''
  t.match(await attack('words'), 'said')
  // What the agent says now comes after all of it.
  tell(pod, 'shared/commands', '\nhello\n')
  await untilInVolume(
    pod,
    { file: 'journal', what: 'the agent' },
    (text) => text.split(started).length > 2 || undefined,
  )
  const said = readJournal(pod).slice(before.length)
  t.same(
    said.map(({ words }) => words),
    [started],
    'of the forged words none is in the journal',
  )
}

async function askForFiles({ t, pod }: Attacker): Promise<void> {
  const token = JSON.stringify(pod.spec).match(/"name":"GREENROOM_PROBE_TOKEN","value":"([^"]+)"/)?.[1] ?? ''
  t.ok(token.length > 8)
  for (const path of [
    '/token',
    '/cgi-bin/ready',
    '/journal',
    '/../journal',
    '/attempts',
    '/%2e%2e/journal',
    '//',
    '/*',
    '/$(id)',
  ]) {
    const { status, body } = await askRaw(pod, path)
    t.equal(status, 404, path)
    t.notOk(body.includes(token), 'without the token')
  }
}

async function holdConnections({ t, pod, attack }: Attacker): Promise<void> {
  const holding = attack('connections', '15720')
  t.ok(await untilTrue(() => countConnections(pod) >= 62, Date.now() + 30_000), `${countConnections(pod)} are held`)
  const since = Date.now()
  const probedAt = () => statSync(`${volumeFolder(pod)}/reported`).mtimeMs
  const answers = await Promise.all(['/healthcheck.html', '/status', '/ready'].map((path) => askSidecar(pod, path)))
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200],
    'others are answered',
  )
  t.ok(Date.now() - since < answeredWithinMs, `after ${Date.now() - since} ms`)
  t.ok(await untilTrue(() => probedAt() > since, since + answeredWithinMs), 'the kubelet is, too')
  t.match(await holding, /^holding \d{2,}/)
}

async function flood({ t, pod, attack }: Attacker): Promise<void> {
  t.match(await attack('flood'), /app-events: \d{5,} bytes/)
  const sizes = ['journal', 'journal.1', 'journal.next'].map(
    (file) => statSync(`${volumeFolder(pod)}/${file}`, { throwIfNoEntry: false })?.size ?? 0,
  )
  t.ok(Math.max(...sizes) < journalLimitBytes, `the journal has ${sizes} bytes`)
}

/** Online, Ready all the time, nothing restarted, and only the sidecar's own programs run in it. */
async function assertUnmoved({ t, namespace, pod }: Attacker, attack: string): Promise<void> {
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200, `${attack}: marker at the sidecar`)
  t.equal((await askApp(pod, '/greenroom/healthcheck.html')).status, 200, 'and at the app')
  const history = namespace.history('orders')
  const ready = history.slice(history.findIndex(({ pod }) => isReady(pod)))
  t.ok(
    ready.every(({ pod }) => isReady(pod) && hasRestarted(pod, {})),
    'Ready all the time, nothing restarted',
  )
  t.same(
    processesOf(pod, 'greenroom')
      .map(({ command }) => command)
      .filter((command) => command && !own.test(command)),
    [],
    `${attack}: nobody else lives in the sidecar`,
  )
}

/** Of short-lived ones a busy machine shows more than an idle one. */
const own =
  /^(\/greenroom\/busybox (sh \/greenroom\/(resident|forward|print|serve|watch|gone)|tcpsvd|flock|sed|wc|sleep|usleep|mkfifo|mv|rm|ln|mkdir)|\/nodejs\/bin\/node)( |$)/

async function assertDeletionWorks({ t, namespace, pod }: Attacker): Promise<void> {
  const marker = observeMarker(() => pod)
  marker.leaveAppAlone()
  const deletedAt = Date.now()
  await namespace.delete('orders')
  await assertEnds({ t, namespace, pod })
  marker.stop()
  const goneMs = (marker.goneAt(deletedAt) ?? Number.NaN) - deletedAt
  t.ok(goneMs < 2000 + goneWithinMs, `marker gone ${goneMs} ms after the deletion`)
}

async function assertDeathWorks({ t, namespace, pod }: Attacker): Promise<void> {
  const marker = observeMarker(() => pod)
  const killedAt = (await killActor(pod, 'app', 0)) ?? Number.NaN
  await namespace.until('orders', 'not Ready', (pod) => !isReady(pod))
  const unreadyMs = Date.now() - killedAt
  t.ok(await untilTrue(() => marker.goneAt(killedAt) !== undefined, killedAt + goneWithinMs), 'marker gone')
  t.ok(unreadyMs < goneWithinMs, `not Ready ${unreadyMs} ms after the death`)
  marker.stop()
  await namespace.delete('orders')
  await assertEnds({ t, namespace, pod })
}

async function assertEnds({ t, namespace, pod }: Omit<Attacker, 'attack'>): Promise<void> {
  await namespace.untilGone('orders', (pod.spec.terminationGracePeriodSeconds ?? 0) * 1000 + afterGraceMs)
  t.notOk((await readGrants())[pod.metadata.uid], 'no grant is left')
}

const notRefused = (attempts: readonly string[]) => attempts.filter((line) => !line.includes(' refused: '))

/** Names, kinds, modes and owners of all that the app can see of the volume, and what is in its programs. */
function listVolume(pod: Pod): string[] {
  const folder = volumeFolder(pod)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => /\/(helper|shared|www[^/]*)(\/|$)/.test(path.slice(folder.length)))
    .map((path) => {
      const { mode, uid, size } = statSync(path)
      return `${path.slice(folder.length)} ${mode.toString(8)} ${uid} ${size}`
    })
    .sort()
}

/** Established ones at the sidecar's port, as its network namespace has them. */
function countConnections(pod: Pod): number {
  const { pid } = firstProcessOf(pod, 'greenroom')
  const port = (15720).toString(16).toUpperCase()
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(`:${port}`) && state === '01').length
}

/** fetch would tidy the path up. */
function askRaw(pod: Pod, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: pod.status.podIP, port: 15720, path }, async (response) => {
      resolve({ status: response.statusCode, body: (await response.toArray()).join('') })
    })
    asked.on('error', reject).end()
  })
}
