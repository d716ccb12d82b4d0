import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { readServing, restart, system } from './support/component.ts'
import { startCreating } from './support/creations.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { type Pod, statusOf } from './support/pod.ts'
import { firstProcessOf } from './support/processes.ts'
import { untilTrue } from './support/until-true.ts'
import { readReplicas } from './support/webhook.ts'

const least = 1000
const everyMs = 30
const replacedWithinMs = 120_000
/** By the kubelet, the API server and kube-proxy: a second or two, more on two busy cores. */
const noticedWithinMs = 10_000
/** In `make soak`: 20 minutes. As far apart as idle connections live in most servers. */
const sparse = Number(process.env.SOAK_SPARSE ?? 0)
const sparseMs = 6_000

const namespace = await createNamespace('replacement')
t.teardown(() => namespace.remove())

/** Resolves once two serve that fit. */
async function untilServed(isNew: (name: string, restarts: number) => boolean): Promise<void> {
  const areServed = async () => (await readReplicas()).filter(({ name, restarts }) => isNew(name, restarts)).length >= 2
  if ((await untilTrue(areServed, Date.now() + replacedWithinMs, 200)) === null)
    throw new Error('no two replicas serve')
}

async function killOne(pod: Pod): Promise<void> {
  const before = statusOf(pod, 'webhook')?.restartCount ?? 0
  process.kill(firstProcessOf(pod, 'webhook').pid, 'SIGKILL')
  await untilServed((name, restarts) => name !== pod.metadata.name || restarts > before)
}

async function deleteOne(name: string): Promise<void> {
  await kubectl('delete', 'pod', '-n', system, name, '--wait=false')
  await untilServed((each) => each !== name)
}

t.test(
  `while replicas are deleted and rolled, ${least} pods come in, one each ${everyMs} ms: none fails`,
  async (t) => {
    const creating = startCreating(namespace.name, { everyMs })
    for (const { name } of await readReplicas()) await deleteOne(name)
    await restart('greenroom')
    await untilTrue(() => creating.count() >= least, Date.now() + replacedWithinMs, everyMs)
    const { count, failures } = await creating.stop()
    t.ok(count >= least, `${count} pods`)
    t.same(failures, [])
  },
)

// A dead process is sent reviews until its node has noticed, and no API server asks twice.
t.test('while each is killed in its turn, only pods of that moment are refused, and told why', async (t) => {
  const killed = await createNamespace('replacement-killed')
  t.teardown(() => killed.remove())
  const creating = startCreating(killed.name, { everyMs })
  const kills: number[] = []
  for (const pod of await readServing('webhook')) {
    kills.push(Date.now())
    await killOne(pod)
  }
  const { count, failures } = await creating.stop()
  t.comment(`${failures.length} of ${count} refused`)
  const others = failures.filter(({ at }) => !kills.some((kill) => at > kill - everyMs && at < kill + noticedWithinMs))
  t.same(others, [])
  t.ok(failures.every(({ why }) => /Greenroom did not answer.*controllers try again/.test(why)))
})

t.test(`${sparse} creations, ${sparseMs / 1000} s apart: none fails`, { skip: sparse === 0 }, async (t) => {
  const quiet = await createNamespace('replacement-sparse')
  t.teardown(() => quiet.remove())
  const creating = startCreating(quiet.name, { everyMs: sparseMs })
  await sleep(sparse * sparseMs)
  const { count, failures } = await creating.stop()
  t.ok(count >= sparse - 1, `${count} pods`)
  t.same(failures, [])
})
