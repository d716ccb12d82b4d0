import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { system } from './support/component.ts'
import { startCreating } from './support/creations.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { askForRotation, isServedBy, rotationMs } from './support/rotation.ts'
import { untilTrue } from './support/until-true.ts'
import { type Replica, readReplicas } from './support/webhook.ts'

const authority = 'greenroom-authority'
const secret = [`secret/${authority}`, '-n', system]
/** Five in `make soak`; each takes most of a minute, for which every run has to wait. */
const rotations = Number(process.env.SOAK_ROTATIONS ?? 2)

const namespace = await createNamespace('certificates')
t.teardown(() => namespace.remove())

const readAuthority = async () =>
  Buffer.from(await kubectl('get', ...secret, '-o', 'jsonpath={.data.tls\\.crt}'), 'base64').toString()

/** Whether what the replica serves is by this authority. */
const isReplicaOf = (ca: string, { ip }: Replica) =>
  isServedBy({ host: ip, port: 8443, ca, servername: `greenroom.${system}.svc` })

/** Resolves once all replicas serve by another authority than this one. */
async function untilRotated(t: Test, before: string): Promise<void> {
  const isRotated = async () => {
    const now = await readAuthority().catch(() => before)
    if (now === before) return false
    const replicas = await readReplicas()
    const served = await Promise.all(replicas.map((each) => isReplicaOf(now, each)))
    return replicas.length >= 2 && served.every(Boolean)
  }
  if ((await untilTrue(isRotated, Date.now() + rotationMs, 500)) === null) t.fail('the authority was not rotated')
}

t.test(
  `the authority rotates ${rotations} times, and replicas are replaced, while pods are created: none fails`,
  async (t) => {
    const creating = startCreating(namespace.name, { everyMs: 50, dryRun: 'All' })
    for (let nth = 0; nth < rotations; nth += 1) {
      const startMs = Date.now()
      const before = await readAuthority()
      await askForRotation(authority)
      // Not all at the same step of it.
      await sleep(nth * 8_000)
      const [replica] = await readReplicas()
      await kubectl('delete', 'pod', '-n', system, replica?.name ?? '', '--wait=false')
      await untilRotated(t, before)
      t.comment(`rotation ${nth + 1} took ${Math.round((Date.now() - startMs) / 1000)} s`)
    }
    const { count, failures } = await creating.stop()
    t.comment(`${count} pods, ${failures.length} failed`)
    t.same(failures, [])
  },
)

t.test('a Secret that is deleted comes back, rotated, and no pod fails', async (t) => {
  const creating = startCreating(namespace.name, { everyMs: 50, dryRun: 'All' })
  const before = await readAuthority()
  await kubectl('delete', ...secret)
  await untilRotated(t, before)
  const { count, failures } = await creating.stop()
  t.comment(`${count} pods, ${failures.length} failed`)
  t.same(failures, [])
})
