import { createHash } from 'node:crypto'
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { codeOf } from '../serving/api-error.ts'
import type { PodFacts } from './pod-facts.ts'

/** What `kubectl describe pod` shows. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: 'InjectionMissed' | 'EvictedForInjection'
  readonly message: string
}

/** Writes an event on a pod; once for each pod and reason, whoever writes it: its name follows from them. */
export type EventWriter = (pod: PodFacts, event: PodEvent) => Promise<void>

export function createEventWriter(config: KubeConfig): EventWriter {
  const api = config.makeApiClient(CoreV1Api)
  return async ({ namespace, name, uid }, event) => {
    const now = new Date()
    const body = {
      metadata: { namespace, name: eventName(name, uid, event.reason) },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      source: { component: 'greenroom-control-plane' },
      ...event,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    }
    await api.createNamespacedEvent({ namespace, body }).catch((error) => {
      if (codeOf(error) !== 409) throw error
    })
  }
}

/** Names of events are those of pods with something behind: the pod's is cut where both would be too long. */
export const eventName = (pod: string, uid: string, reason: string): string =>
  `${pod.slice(0, 200)}.${createHash('sha256').update(`${uid} ${reason}`).digest('hex').slice(0, 16)}`
