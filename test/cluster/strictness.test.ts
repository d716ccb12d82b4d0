import { existsSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { askApp, askSidecar, readRecords } from './support/app.ts'
import { readGrants } from './support/authorization-server.ts'
import { keepJournal } from './support/journal.ts'
import { createNamespace, type Namespace } from './support/namespace.ts'
import { isReady, ordersPod, type Pod } from './support/pod.ts'
import { firstProcessOf } from './support/processes.ts'

const restricted = await createNamespace('strict')
const baseline = await createNamespace('strict-baseline', 'baseline')
t.teardown(() => Promise.all([restricted.remove(), baseline.remove()]))

const annotations = { 'greenroom.dev/healthcheck-dir': '/web/greenroom' }
const asRoot = { securityContext: { readOnlyRootFilesystem: true } }
const withoutPowers = { securityContext: { ...asRoot.securityContext, capabilities: { drop: ['ALL'] } } }
const limits = { cpu: '100m', memory: '64Mi' }

await restricted.create(
  ordersPod('plain', { annotations }),
  ordersPod('fs-group', { annotations, spec: { securityContext: { fsGroup: 3000 } } }),
  ordersPod('other-groups', {
    annotations,
    spec: { securityContext: { runAsUser: 1000, runAsGroup: 1001, supplementalGroups: [4000], fsGroup: 3000 } },
  }),
  ordersPod('guaranteed', { annotations, container: { resources: { limits } } }),
)
await baseline.create(
  ordersPod('root', { annotations, container: asRoot }),
  ordersPod('root-without-powers', { annotations, container: withoutPowers }),
  ordersPod('root-and-fs-group', { annotations, container: asRoot, spec: { securityContext: { fsGroup: 3000 } } }),
)

t.test('the node is as strict as nodes of users are', async (t) => {
  t.equal(readFileSync('/proc/sys/fs/protected_fifos', 'utf8'), '1\n')
  t.equal(readFileSync('/proc/sys/fs/protected_regular', 'utf8'), '2\n')
})

t.test('a pod goes online and off in an image of one static binary, whoever its user is', async (t) => {
  await Promise.all([
    goThroughLife(t, restricted, 'plain', 1000),
    goThroughLife(t, restricted, 'fs-group', 1000),
    goThroughLife(t, restricted, 'other-groups', 1000),
    goThroughLife(t, restricted, 'guaranteed', 1000),
    goThroughLife(t, baseline, 'root', 0),
    goThroughLife(t, baseline, 'root-without-powers', 0),
    goThroughLife(t, baseline, 'root-and-fs-group', 0),
  ])
})

t.test('a Guaranteed pod stays Guaranteed', async (t) => {
  const [first] = restricted.history('guaranteed')
  t.match(first?.pod.status, { qosClass: 'Guaranteed' })
})

async function goThroughLife(t: Test, namespace: Namespace, name: string, user: number) {
  const pod = await namespace.until(name, 'Ready', isReady)
  t.equal((await askSidecar(pod, '/healthcheck.html')).status, 200, `${name}: marker at the sidecar`)
  t.equal((await askApp(pod, '/greenroom/healthcheck.html')).status, 200, `${name}: and at the app`)
  const hook = (await readRecords(pod)).find(({ what }) => what.startsWith('preOnline begins'))
  t.match(hook?.what, new RegExp(`^preOnline begins as user ${user}\\b`), `${name}: the hook ran as user ${user}`)

  const app = mainProcess(pod, 'app')
  const sidecar = mainProcess(pod, 'greenroom')
  t.same([userOf(app), userOf(sidecar)], [user, 65532], `${name}: the app's user and the sidecar's own`)
  t.ok([app, sidecar].every(hasReadOnlyRoot), `${name}: both root filesystems are read-only`)
  t.notOk(existsSync(`${app}/root/bin`), `${name}: the app has nothing but its binary`)

  const journal = keepJournal(pod)
  await namespace.delete(name)
  await namespace.untilGone(name)
  const words = journal.read().map(({ words }) => words.replace(/ .*/, ''))
  journal.close()
  // The kubelet runs both preStops at once, and either may be late.
  const inOrder = words.filter((word) => word !== 'deleting')
  t.match(
    inOrder.join(' '),
    /drained (hook-requested hook-exited|hook-exited hook-requested) .*exited .*revoked$/,
    `${name}: went off stage in order`,
  )
  t.notOk((await readGrants())[pod.metadata.uid], `${name}: no grant is left`)
}

/** Its folder under /proc of the node. */
function mainProcess(pod: Pod, container: string): string {
  return `/proc/${firstProcessOf(pod, container).pid}`
}

const userOf = (process: string) => Number(readFileSync(`${process}/status`, 'utf8').match(/^Uid:\s+(\d+)/m)?.[1])
const hasReadOnlyRoot = (process: string) => / \/ \w+ ro,/.test(readFileSync(`${process}/mounts`, 'utf8'))
