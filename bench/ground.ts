import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../test/cluster/support/in-parallel.ts'
import { createNamespace, type Namespace } from '../test/cluster/support/namespace.ts'
import { isReady, type Pod } from '../test/cluster/support/pod.ts'
import { type ApiServer, connectApiServer } from './api-server.ts'

/** A node that chokes on starts has time-outs, and those would be measured. */
const startsAtOnce = 4

/** Where a bench measures: a namespace of its own, and the API server without kubectl in between. */
export interface Ground {
  readonly namespace: Namespace
  readonly samples: number
  /** Resolves with the time at which the request was sent, milliseconds since the epoch. */
  create(pod: object): Promise<number>
  dryRun(pod: object): Promise<Pod>
  /** Creates pods and resolves with all of them when each has been Ready. */
  start(pods: readonly object[]): Promise<Pod[]>
  /** Deletes a pod as people do, after a pause. Resolves with the time at which the request was sent. */
  delete(pod: string, afterMs?: number): Promise<number>
  /** Deletes pods and resolves when they are gone, so that they are no load on what is measured next. */
  clear(...names: readonly string[]): Promise<void>
  /** Progress, for people. */
  say(text: string): void
}

export async function onGround<T>(bench: string, samples: number, measure: (ground: Ground) => Promise<T>): Promise<T> {
  const api = await connectApiServer()
  // Another one each time: what an interrupted run left behind is in nobody's way.
  const namespace = await createNamespace(`bench-${bench}-${Date.now().toString(36)}`)
  const say = (text: string) => process.stderr.write(`bench ${bench}: ${text}\n`)
  const ground = { namespace, samples, say, ...actions(api, namespace) }
  const interrupt = () => namespace.remove().finally(() => process.exit(130))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    return await measure(ground)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    say('clearing away')
    await ground.clear(...ground.present)
    await namespace.remove()
  }
}

function actions(api: ApiServer, namespace: Namespace) {
  const present = new Set<string>()
  async function create(pod: object) {
    const { sentAt, name } = await api.create(namespace.name, pod)
    present.add(name)
    return { sentAt, name }
  }
  return {
    present,
    create: async (pod: object) => (await create(pod)).sentAt,
    dryRun: (pod: object) => api.dryRun(namespace.name, pod),
    start: (pods: readonly object[]) =>
      inParallel(pods, startsAtOnce, async (pod) => {
        const { name } = await create(pod)
        return namespace.until(name, 'Ready', isReady, 120_000)
      }),
    async delete(name: string, afterMs = 0) {
      await sleep(afterMs)
      present.delete(name)
      return api.delete(namespace.name, name)
    },
    async clear(...names: readonly string[]) {
      for (const name of names) await api.remove(namespace.name, name)
      await Promise.all(names.map((name) => namespace.untilGone(name, 120_000)))
      for (const name of names) present.delete(name)
    },
  }
}
