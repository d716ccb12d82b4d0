import { isRecord, isText } from '../../policy/json.ts'
import { isName, parseAsked, parseResources, type RequestReading } from './grant.ts'
import { type Malformed, malformed } from './malformed.ts'
import { isUid } from './uid.ts'

export const mostPods = 500

/** One application's pods that ask for the same. */
export interface Batch {
  readonly application: string
  readonly resources: readonly string[]
  readonly pods: readonly BatchPod[]
}

/** Each pod is read by itself, so that one that is malformed does not keep the others out. */
export interface BatchPod {
  /** As it came, if it is malformed. */
  readonly uid: string
  readonly reading: RequestReading
}

export type BatchReading = { readonly kind: 'batch'; readonly batch: Batch } | Malformed

export function parseBatch(value: unknown): BatchReading {
  if (!isRecord(value)) return malformed('the body', value ?? 'no JSON', 'a JSON object', fix)
  const { application, namespace, pods } = value
  if (!isName(application)) return malformed('application', application, 'a name', fix)
  const list = parseResources(value.resources, fix)
  if (list.kind === 'malformed') return list
  if (!Array.isArray(pods) || pods.length === 0) return malformed('pods', pods, 'a list of pods', fix)
  if (pods.length > mostPods) return malformed('the number of pods', pods.length, `at most ${mostPods}`, fix)
  const { resources } = list
  const shared = { application, namespace, resources }
  return { kind: 'batch', batch: { application, resources, pods: pods.map((pod) => parsePod(pod, shared)) } }
}

const fix = 'Send application, resources and pods, each with uid and ip.'

function parsePod(value: unknown, shared: Readonly<Record<string, unknown>>): BatchPod {
  if (!isRecord(value)) return { uid: '', reading: malformed('the pod', value, 'an object', fix) }
  const { uid, namespace = shared.namespace, pod, ip, ips } = value
  if (!isUid(uid)) {
    const reading = malformed('uid', uid, 'up to 128 letters, digits, "-" or "."', fix)
    return { uid: isText(uid) ? uid.slice(0, 128) : '', reading }
  }
  return { uid, reading: parseAsked({ ...shared, namespace, pod, ip, ips }, fix) }
}
