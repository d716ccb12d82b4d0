import { findSidecar } from './injected.ts'
import { ordersPod, type Pod } from './pod.ts'
import { post } from './raw-api.ts'

export interface Pace {
  readonly everyMs: number
  /** Only so that the API server asks: nothing is kept. */
  readonly dryRun?: 'All'
}

export interface Created {
  readonly count: number
  readonly failures: readonly Failure[]
}

/** One that was refused, or came in without Greenroom. */
export interface Failure {
  /** When its creation began; milliseconds since the epoch. */
  readonly at: number
  readonly why: string
}

/** Creates pods that ask for Greenroom, and that no node fits, at an even pace until it is stopped. */
export function startCreating(namespace: string, { everyMs, dryRun }: Pace) {
  const failures: Failure[] = []
  const pending = new Set<Promise<unknown>>()
  const path = `/api/v1/namespaces/${namespace}/pods${dryRun ? `?dryRun=${dryRun}` : ''}`
  const change = {
    annotations: { 'greenroom.dev/pre-start': 'off' },
    spec: { nodeSelector: { 'greenroom.dev/of-tests': 'none' } },
  }
  let count = 0
  const create = async () => {
    count += 1
    const at = Date.now()
    try {
      const pod = await post<Pod>(path, ordersPod(`orders-${count}`, change))
      if (!findSidecar(pod)) failures.push({ at, why: 'not injected' })
    } catch (error) {
      failures.push({ at, why: String(error) })
    }
  }
  const timer = setInterval(() => {
    const creating = create().finally(() => pending.delete(creating))
    pending.add(creating)
  }, everyMs)

  return {
    count: () => count,
    async stop(): Promise<Created> {
      clearInterval(timer)
      await Promise.all(pending)
      return { count, failures }
    },
  }
}
