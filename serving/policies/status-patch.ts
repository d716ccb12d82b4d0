import { CustomObjectsApi, type KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { policyResource } from './cluster.ts'

/** Merges what the body says into an InjectionPolicy's status; guarded where the body names a resourceVersion. */
export function createStatusPatch(config: KubeConfig): (name: string, body: object) => Promise<unknown> {
  const api = config.makeApiClient(CustomObjectsApi)
  const asMergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
  return (name, body) => api.patchClusterCustomObjectStatus({ ...policyResource, name, body }, asMergePatch)
}
