import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { oneLine } from '../one-line.ts'
import type { Identity } from './identity.ts'
import type { Outcome } from './outcome.ts'

/** What `kubectl describe pod` shows. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** What people see of an outcome: the reasons are those of the init container's messages. */
export function eventOf(outcome: Outcome): PodEvent {
  const reason = reasons[outcome.kind]
  if (outcome.kind === 'granted')
    return { type: 'Normal', reason, message: 'The authorization service granted what was asked for.' }
  const next =
    'retryAfterMs' in outcome && outcome.retryAfterMs !== undefined
      ? `; asks again in about ${Math.ceil(outcome.retryAfterMs / 1000)} s`
      : ''
  const type = outcome.kind === 'queued' ? 'Normal' : 'Warning'
  return { type, reason, message: oneLine(`Not granted yet: ${outcome.detail}${next}.`, 500) }
}

const reasons = {
  granted: 'AuthorizationGranted',
  queued: 'AuthorizationQueued',
  throttled: 'AuthorizationThrottled',
  refused: 'AuthorizationRefused',
  unavailable: 'AuthorizationUnavailable',
} as const satisfies Record<Outcome['kind'], string>

/** A pod that asks every few seconds says the same thing once in so long. */
const quietMs = 600_000
const mostRemembered = 20_000
/** Events are for people; a storm of pods must not become one of events. */
const mostUnderWay = 20

export interface EventRecorder {
  readonly record: (identity: Identity, outcome: Outcome) => void
}

/** Writes an Event on the pod for each reason, once in a while; never waits, and loses what cannot be written. */
export function createEventRecorder(config: KubeConfig, onError: (error: unknown) => void): EventRecorder {
  const api = config.makeApiClient(CoreV1Api)
  /** Until when a pod's reason is no news, by both. */
  const said = new Map<string, number>()
  let underWay = 0

  function isNews(uid: string, reason: string): boolean {
    const key = `${uid} ${reason}`
    const now = performance.now()
    if ((said.get(key) ?? 0) > now) return false
    said.delete(key)
    said.set(key, now + quietMs)
    for (const old of said.keys()) {
      if (said.size <= mostRemembered) break
      said.delete(old)
    }
    return true
  }

  return {
    record({ namespace, pod, uid }, outcome) {
      const event = eventOf(outcome)
      if (underWay >= mostUnderWay || !isNews(uid, event.reason)) return
      const now = new Date()
      underWay += 1
      const body = {
        metadata: { namespace, generateName: `${pod.slice(0, 200)}.` },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: pod, uid },
        source: { component: 'greenroom-gate' },
        ...event,
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
      }
      api
        .createNamespacedEvent({ namespace, body })
        .catch(onError)
        .finally(() => {
          underWay -= 1
        })
    },
  }
}
