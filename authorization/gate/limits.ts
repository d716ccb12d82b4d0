import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { AuthorizationPolicy } from '../../policy/schema/authorization-policy.ts'
import type { Counters } from './counters.ts'

export interface Limits {
  /** Milliseconds until a call is free; 0: it was taken. */
  readonly takeCall: () => Promise<number>
  /** Milliseconds until a pod may ask again; 0: it may. `key`: application, IP and pod. */
  readonly podWaitMs: (key: string) => Promise<number>
  /** One more call for the pod went wrong. */
  readonly countFailure: (key: string) => Promise<void>
}

type LimitPolicy = AuthorizationPolicy['limits']

/** Calls in a window that one replica may make by itself; at least one. */
export const shareOf = ({ rate, replicas }: LimitPolicy): number => Math.max(1, Math.floor(rate.calls / replicas))

/**
 * The policy's limits, counted in memory for this replica, or in Redis for all of them. A Redis that goes takes what it has
 * counted along, and one that comes back has counted nothing; so what this replica took by Redis counts against its own
 * share too, and for the first window of a Redis it stays within that share: together the replicas never take more than the
 * limit and one share.
 */
export function createLimits(limits: LimitPolicy, counters: Counters | undefined): Limits {
  const { rate, pod } = limits
  const ownCalls = inMemory('greenroom:rate', { ...rate, calls: shareOf(limits) })
  const ownPodCalls = inMemory('greenroom:pod', pod)
  if (!counters) return { takeCall: () => take(ownCalls, everybody), ...ofPods(ownPodCalls, pod.calls) }
  const calls = inRedis('greenroom:rate', rate, { counters, insurance: ownCalls })
  const podCalls = inRedis('greenroom:pod', pod, { counters, insurance: ownPodCalls })
  return {
    async takeCall() {
      // Not ready at all: Redis' insurance takes it from the own share.
      if (!counters.isReady()) return take(calls, everybody)
      if (counters.readyForMs() >= rate.per) {
        const waitMs = await take(calls, everybody)
        if (waitMs === 0) await ownCalls.penalty(everybody)
        return waitMs
      }
      return (await take(ownCalls, everybody)) || take(calls, everybody)
    },
    ...ofPods(podCalls, pod.calls),
  }
}

/** Only what went wrong counts: who waits in a queue, ours or the service's, asks as often as it takes. */
const ofPods = (limiter: RateLimiterMemory | RateLimiterRedis, most: number) => ({
  async podWaitMs(key: string) {
    const taken = await limiter.get(key)
    return taken && taken.consumedPoints >= most ? Math.max(1, taken.msBeforeNext) : 0
  },
  countFailure: async (key: string) => {
    await limiter.penalty(key)
  },
})

const everybody = 'all'

interface Window {
  readonly calls: number
  /** Milliseconds. */
  readonly per: number
}

const inMemory = (keyPrefix: string, { calls, per }: Window) =>
  new RateLimiterMemory({ keyPrefix, points: calls, duration: per / 1000 })

function inRedis(
  keyPrefix: string,
  { calls, per }: Window,
  { counters: { client }, insurance }: { counters: Counters; insurance: RateLimiterMemory },
) {
  const shared = {
    storeClient: client,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    insuranceLimiter: insurance,
  }
  return new RateLimiterRedis({ keyPrefix, points: calls, duration: per / 1000, ...shared })
}

async function take(limiter: RateLimiterMemory | RateLimiterRedis, key: string): Promise<number> {
  try {
    await limiter.consume(key)
    return 0
  } catch (rejection) {
    // What else is thrown is a failure of Redis that its insurance did not take over.
    if (rejection instanceof RateLimiterRes) return Math.max(1, rejection.msBeforeNext)
    throw rejection
  }
}
