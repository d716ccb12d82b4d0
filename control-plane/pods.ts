import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { type Listener, type Reflection, reflect } from '../serving/reflector.ts'
import { type PodFacts, parsePodFacts } from './pod-facts.ts'

/** A page as the client reads it is some megabytes, of which a few words each are kept. */
const pageSize = 250

/** Follows the pods of the whole cluster and keeps of each the few words that {@link PodFacts} has, by UID. */
export function followPods(config: KubeConfig, listener: Listener<PodFacts>): Reflection<PodFacts> {
  const api = config.makeApiClient(CoreV1Api)
  return reflect<PodFacts>(
    config,
    {
      path: '/api/v1/pods',
      list: async (after) => {
        const paging = { limit: pageSize, ...(after !== undefined && { _continue: after }) }
        const { items, metadata } = await api.listPodForAllNamespaces(paging)
        return { items, version: metadata?.resourceVersion ?? '', after: metadata?._continue || undefined }
      },
      parse: parsePodFacts,
      keyOf: ({ uid }) => uid,
      versionOf: ({ version }) => version,
    },
    listener,
  )
}
