import { injectedLabel, volumeName } from '../../policy/names.ts'
import { setEntry } from '../patch.ts'
import type { Mutator } from './context.ts'

/** Lets the cluster autoscaler remove the node in spite of our emptyDir, of which nothing outlives the pod, and of what is the node's own. */
const evictableVolumes = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'

/**
 * The kubelet's probe, load balancers and operators reach the sidecar's port without mutual TLS.
 * https://istio.io/latest/docs/reference/config/annotations/, https://linkerd.io/2/reference/proxy-configuration/
 */
const excludedInboundPorts = ['traffic.sidecar.istio.io/excludeInboundPorts', 'config.linkerd.io/skip-inbound-ports']

export const addPodMetadata: Mutator = ({ pod: { metadata }, injection: { port, lxcfs } }) => {
  const annotations = metadata.annotations ?? {}
  const addToList = (key: string, items: readonly string[], isIn: (item: string, entry: string) => boolean) => {
    const list = items.reduce((before, item) => withItem(before, item, isIn), annotations[key] ?? '')
    return setEntry(annotations, '/metadata/annotations', key, list)
  }
  const volumes = [volumeName, ...lxcfs.files.map((file) => file.volumeName)]
  return [
    ...setEntry(metadata.labels, '/metadata/labels', injectedLabel, 'true'),
    ...addToList(evictableVolumes, volumes, isSame),
    ...excludedInboundPorts.flatMap((key) => addToList(key, [String(port)], isPortIn)),
  ]
}

const isSame = (item: string, entry: string) => item === entry

/** Linkerd has ranges, too. */
function isPortIn(port: string, entry: string): boolean {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(entry) ?? []
  return entry === '*' || (Number(from) <= Number(port) && Number(port) <= Number(to))
}

/** A comma-separated list with one more item, as it was where it has that item. Nothing in it is mended but an open end. */
function withItem(list: string, item: string, isIn: (item: string, entry: string) => boolean): string {
  const entries = list.split(',').map((entry) => entry.trim())
  if (entries.some((entry) => isIn(item, entry))) return list
  return entries.at(-1) === '' ? [...entries.filter((entry) => entry !== ''), item].join(',') : `${list},${item}`
}
