import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { codeOf } from '../serving/api-error.ts'
import type { PodFacts } from './pod-facts.ts'

/** `budget`: a PodDisruptionBudget does not let it go now; `gone`: it is not there any more, or another of its name is. */
export type EvictionAnswer = 'evicted' | 'budget' | 'gone' | 'failed'

export const evictionAnswers = ['evicted', 'budget', 'gone', 'failed'] as const satisfies readonly EvictionAnswer[]

/**
 * Asks for the eviction of this very pod, which PodDisruptionBudgets may refuse. Never throws.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
export function createEvictionCaller(config: KubeConfig, onError: (error: unknown) => void) {
  const api = config.makeApiClient(CoreV1Api)
  return async ({ name, namespace, uid }: PodFacts): Promise<EvictionAnswer> => {
    const body = { metadata: { name, namespace }, deleteOptions: { preconditions: { uid } } }
    try {
      await api.createNamespacedPodEviction({ name, namespace, body })
      return 'evicted'
    } catch (error) {
      const code = codeOf(error)
      if (code === 429) return 'budget'
      if (code === 404 || code === 409) return 'gone'
      onError(error)
      return 'failed'
    }
  }
}
