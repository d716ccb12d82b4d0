import { ApiException, CoreV1Api, KubeConfig } from '@kubernetes/client-node'

/** Asks for an eviction, as `kubectl drain` does; false where a PodDisruptionBudget refuses it (429). */
export async function evict(namespace: string, name: string): Promise<boolean> {
  const config = new KubeConfig()
  config.loadFromDefault()
  const body = { metadata: { name, namespace } }
  try {
    await config.makeApiClient(CoreV1Api).createNamespacedPodEviction({ name, namespace, body })
    return true
  } catch (error) {
    if (error instanceof ApiException && error.code === 429) return false
    throw error
  }
}
