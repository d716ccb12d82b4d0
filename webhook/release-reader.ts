import { AppsV1Api } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import { releasedLabel } from '../policy/names.ts'
import { loadKubeConfig } from '../serving/kube-config.ts'
import { within } from '../serving/within.ts'
import type { Version } from './held-version.ts'

/**
 * Reads from a version's ReplicaSet whether operators have released it. By a label: `kubectl rollout undo` copies annotations to the
 * Deployment, and its controller to every ReplicaSet that follows, which nobody has released.
 * Never throws: a pod whose ReplicaSet cannot be read comes up held, which is safe, and an operator can still release it.
 */
export function createReleaseReader(logger: Logger): (version: Version) => Promise<boolean> {
  const api = loadKubeConfig().makeApiClient(AppsV1Api)
  return async ({ namespace, replicaSet: name }) => {
    try {
      const replicaSet = await within(api.readNamespacedReplicaSet({ name, namespace }))
      return replicaSet.metadata?.labels?.[releasedLabel] === 'true'
    } catch (err) {
      logger.warn({ err, namespace, replicaSet: name }, 'the ReplicaSet cannot be read; its pod comes up held')
      return false
    }
  }
}
