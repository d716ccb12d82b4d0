import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { inPages, type Listener, type Reflection, reflect } from '../serving/reflector.ts'
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
      list: inPages(pageSize, (paging) => api.listPodForAllNamespaces(paging)),
      parse: parsePodFacts,
      keyOf: ({ uid }) => uid,
      versionOf: ({ version }) => version,
    },
    listener,
  )
}
