import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { isRecord, parseJson } from '../../policy/json.ts'
import { injectedLabel } from '../../policy/names.ts'
import { codeOf } from '../../serving/api-error.ts'
import { inPages, type Listener, reflect } from '../../serving/reflector.ts'
import { type PodFacts, parsePodFacts } from './pod-facts.ts'
import type { PodReading } from './verdict.ts'

/** The pods that Greenroom was injected into. */
export interface Pods {
  readonly isSynced: () => boolean
  /** From the copy, by UID: as of a moment ago. */
  readonly get: (uid: string) => PodFacts | undefined
  /** From the API server itself, as of now. Never throws. */
  readonly read: (namespace: string, name: string) => Promise<PodReading>
  readonly stop: () => void
}

const pageSize = 500

/** Follows the pods of the whole cluster and keeps of each the few words that {@link PodFacts} has. */
export function followPods(config: KubeConfig, listener: Listener<PodFacts>): Pods {
  const api = config.makeApiClient(CoreV1Api)
  const labelSelector = `${injectedLabel}=true`
  const copy = reflect<PodFacts>(
    config,
    {
      path: '/api/v1/pods',
      labelSelector,
      list: inPages(pageSize, (paging) => api.listPodForAllNamespaces({ labelSelector, ...paging })),
      parse: parsePodFacts,
      keyOf: ({ uid }) => uid,
      versionOf: ({ version }) => version,
    },
    listener,
  )
  return {
    isSynced: copy.isSynced,
    get: copy.get,
    stop: copy.stop,
    async read(namespace, name) {
      try {
        return parsePodFacts(await api.readNamespacedPod({ namespace, name })) ?? 'unknown'
      } catch (error) {
        return isNotFound(error) ? 'absent' : 'unknown'
      }
    },
  }
}

/** A 404 in Kubernetes' own words: that of a proxy in between says nothing about a pod. */
function isNotFound(error: unknown): boolean {
  if (codeOf(error) !== 404 || !(error instanceof Error) || !('body' in error)) return false
  const status = typeof error.body === 'string' ? parseJson(error.body) : error.body
  return isRecord(status) && status.kind === 'Status' && status.reason === 'NotFound'
}
