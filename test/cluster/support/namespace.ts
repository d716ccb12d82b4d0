import { KubeConfig, Watch } from '@kubernetes/client-node'
import { kubectl, kubectlWith } from './kubectl.ts'
import type { Pod } from './pod.ts'

const limitMs = 60_000

/** A namespace of one test, with every change of its pods as the API server's watch told it. */
export interface Namespace {
  readonly name: string
  create(...objects: object[]): Promise<string>
  /** Resolves with the pod as soon as the watch shows it so; rejects with the pod's last state after the limit. */
  until(pod: string, what: string, isSo: (pod: Pod) => boolean, withinMs?: number): Promise<Pod>
  /** The same for whichever pod it is first: a controller names its pods itself. */
  untilAny(what: string, isSo: (pod: Pod) => boolean, withinMs?: number): Promise<Pod>
  untilGone(pod: string, withinMs?: number): Promise<number>
  /** The last state of every pod that is not gone, the oldest first. */
  pods(): readonly Pod[]
  /** Every state of the pod that the watch showed, with the time at which it came. */
  history(pod: string): readonly { at: number; pod: Pod }[]
  /** Deletes without waiting. */
  delete(pod: string): Promise<void>
  remove(): Promise<void>
}

export async function createNamespace(name: string, podSecurity = 'restricted'): Promise<Namespace> {
  const labels = { 'pod-security.kubernetes.io/enforce': podSecurity }
  await kubectl('create', 'namespace', name)
  await kubectl('label', 'namespace', name, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`))

  const seen = new Map<string, { at: number; pod: Pod }[]>()
  const gone = new Map<string, number>()
  const listeners = new Set<() => void>()
  const config = new KubeConfig()
  config.loadFromDefault()
  let watch: AbortController
  let resourceVersion: string | undefined
  let removed = false
  // client-node ends a watch that was silent for 30 s; the next one goes on where it ended, after a pause that matters
  // only where there is no server any more.
  async function follow(): Promise<void> {
    watch = await new Watch(config).watch(
      `/api/v1/namespaces/${name}/pods`,
      { resourceVersion },
      (type: string, pod: Pod) => {
        const { name } = pod.metadata
        resourceVersion = pod.metadata.resourceVersion
        seen.set(name, [...(seen.get(name) ?? []), { at: Date.now(), pod }])
        if (type === 'DELETED') gone.set(name, Date.now())
        for (const listener of listeners) listener()
      },
      () => removed || setTimeout(follow, 10),
    )
  }
  await follow()

  function wait<T>(what: string, look: () => T | undefined, withinMs: number, explain: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const listener = () => {
        const found = look()
        if (found === undefined) return
        clearTimeout(timer)
        listeners.delete(listener)
        resolve(found)
      }
      const timer = setTimeout(() => {
        listeners.delete(listener)
        reject(new Error(`not within ${withinMs} ms: ${what}; last: ${explain()}`))
      }, withinMs)
      listeners.add(listener)
      listener()
    })
  }

  const pods = () => [...seen].filter(([pod]) => !gone.has(pod)).flatMap(([, states]) => states.at(-1)?.pod ?? [])

  return {
    name,
    pods,
    async create(...objects) {
      const { code, output } = await kubectlWith(objects, 'create', '-n', name)
      if (code !== 0) throw new Error(output)
      return output
    },
    until: (pod, what, isSo, withinMs = limitMs) =>
      wait(
        `${pod} ${what}`,
        () => {
          const last = seen.get(pod)?.at(-1)?.pod
          return last && isSo(last) ? last : undefined
        },
        withinMs,
        () => JSON.stringify(seen.get(pod)?.at(-1)?.pod.status),
      ),
    untilAny: (what, isSo, withinMs = limitMs) =>
      wait(
        `any pod ${what}`,
        () => pods().find(isSo),
        withinMs,
        () => JSON.stringify([...seen.values()].map((states) => states.at(-1)?.pod.status)),
      ),
    untilGone: (pod, withinMs = limitMs) =>
      wait(
        `${pod} gone`,
        () => gone.get(pod),
        withinMs,
        () => JSON.stringify(seen.get(pod)?.at(-1)?.pod.status),
      ),
    history: (pod) => seen.get(pod) ?? [],
    async delete(pod) {
      await kubectl('delete', 'pod', pod, '-n', name, '--wait=false')
    },
    async remove() {
      removed = true
      watch.abort()
      await kubectl('delete', 'namespace', name, '--wait=false')
    },
  }
}
