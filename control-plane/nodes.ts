import { CoreV1Api, type KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { nodeLabel } from '../policy/lxcfs/files.ts'
import { undefinedOn } from '../serving/api-error.ts'
import { inPages, type Listener, type Reflection, reflect } from '../serving/reflector.ts'
import { type NodeFacts, parseNodeFacts } from './node-labels.ts'

/** A node has the names of all images that it holds, twenty kilobytes and more. */
const pageSize = 100

/**
 * Follows the nodes without the label, by name. Kubelets write on their nodes every few minutes, thousands of them several times a second: of those
 * that have it nothing is heard any more.
 */
export function followUnlabelledNodes(config: KubeConfig, listener: Listener<NodeFacts>): Reflection<NodeFacts> {
  const api = config.makeApiClient(CoreV1Api)
  const labelSelector = `!${nodeLabel}`
  return reflect<NodeFacts>(
    config,
    {
      path: '/api/v1/nodes',
      labelSelector,
      list: inPages(pageSize, (paging) => api.listNode({ labelSelector, ...paging })),
      parse: parseNodeFacts,
      keyOf: ({ name }) => name,
      versionOf: ({ version }) => version,
    },
    listener,
  )
}

/** Writes the label and nothing else, and resolves to the node as it is then; null where it is gone. */
export type LabelWriter = (name: string) => Promise<NodeFacts | null>

export function createLabelWriter(config: KubeConfig): LabelWriter {
  const api = config.makeApiClient(CoreV1Api)
  const asMergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
  const body = { metadata: { labels: { [nodeLabel]: 'true' } } }
  return async (name) =>
    parseNodeFacts(
      await api
        .patchNode({ name, body, fieldManager: 'greenroom-control-plane' }, asMergePatch)
        .catch(undefinedOn(404)),
    )
}
