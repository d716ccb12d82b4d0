import { injectedLabel, volumeName } from '../../policy/names.ts'
import { setEntry } from '../patch.ts'
import type { Mutator } from './context.ts'

/** Lets the cluster autoscaler remove the node in spite of our emptyDir: nothing in it outlives the pod. */
const evictableVolumes = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'

/**
 * The kubelet's probe, load balancers and operators reach the sidecar's port without mutual TLS.
 * https://istio.io/latest/docs/reference/config/annotations/, https://linkerd.io/2/reference/proxy-configuration/
 */
const excludedInboundPorts = ['traffic.sidecar.istio.io/excludeInboundPorts', 'config.linkerd.io/skip-inbound-ports']

export const addPodMetadata: Mutator = ({ pod: { metadata }, injection: { port } }) => {
  const annotations = metadata.annotations ?? {}
  const addToList = (key: string, item: string) =>
    setEntry(annotations, '/metadata/annotations', key, withItem(annotations[key], item))
  return [
    ...setEntry(metadata.labels, '/metadata/labels', injectedLabel, 'true'),
    ...addToList(evictableVolumes, volumeName),
    ...excludedInboundPorts.flatMap((key) => addToList(key, String(port))),
  ]
}

/** A comma-separated list with one more item, as it was where it has that item. */
function withItem(list: string | undefined, item: string): string {
  if (!list?.trim()) return item
  const items = list.split(',').map((entry) => entry.trim())
  return items.includes(item) ? list : `${list},${item}`
}
