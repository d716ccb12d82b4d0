import { isRecord, isText } from '../../policy/json.ts'

/** What the ledger needs to know of a pod. */
export interface PodFacts {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  /** As the kubelet reported them, primary first; empty before it has. */
  readonly ips: readonly string[]
  /** Its init containers are done. */
  readonly hasStarted: boolean
  /** Its containers have ended for good, and it is kept to be looked at. */
  readonly hasEnded: boolean
  readonly isDeleting: boolean
  /** Its address is its node's, and so every other pod's there that is like it. */
  readonly isOnHostNetwork: boolean
  /** resourceVersion. */
  readonly version: string
}

/** null where the object is no pod. Takes the API server's JSON as well as what its client makes of it. */
export function parsePodFacts(object: unknown): PodFacts | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null
  const { uid, namespace, name, deletionTimestamp, resourceVersion: version } = object.metadata
  if (!isText(uid) || !isText(namespace) || !isText(name) || !isText(version)) return null
  const status = isRecord(object.status) ? object.status : {}
  const spec = isRecord(object.spec) ? object.spec : {}
  const { serviceAccountName: serviceAccount, hostNetwork } = spec
  return {
    uid,
    namespace,
    name,
    serviceAccount: isText(serviceAccount) ? serviceAccount : 'default',
    ips: readIps(status),
    hasStarted: status.phase === 'Running',
    hasEnded: status.phase === 'Succeeded' || status.phase === 'Failed',
    isDeleting: deletionTimestamp !== undefined && deletionTimestamp !== null,
    isOnHostNetwork: hostNetwork === true,
    version,
  }
}

function readIps({ podIP, podIPs }: Readonly<Record<string, unknown>>): readonly string[] {
  const listed = Array.isArray(podIPs)
    ? podIPs.flatMap((each) => (isRecord(each) && isText(each.ip) ? [each.ip] : []))
    : []
  return listed.length > 0 || !isText(podIP) ? listed : [podIP]
}
