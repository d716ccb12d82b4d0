import { isRecord, parseJson } from '../policy/json.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import { isPod } from './pod-shape.ts'

/** What the API server asks, free of its wire format. */
export interface Review {
  readonly uid: string
  /** The namespace that the pod will be in; its own metadata may leave it out. */
  readonly namespace: string
  readonly operation: string
  readonly dryRun: boolean
  /** undefined: the object is no pod that is being created. */
  readonly pod: RawPod | undefined
}

/**
 * Bytes to a review; undefined where they are no AdmissionReview of `admission.k8s.io/v1`, which is all that the registration offers.
 * Source: https://kubernetes.io/docs/reference/config-api/apiserver-admission.v1/
 */
export function parseReview(bytes: Buffer): Review | undefined {
  const review = parseJson(bytes.toString('utf8'))
  if (!isRecord(review) || review.apiVersion !== 'admission.k8s.io/v1' || review.kind !== 'AdmissionReview')
    return undefined
  return isRecord(review.request) ? readRequest(review.request) : undefined
}

function readRequest(request: Readonly<Record<string, unknown>>): Review | undefined {
  const { uid, kind, namespace = '', operation, dryRun = false, object } = request
  if (typeof uid !== 'string' || uid === '' || !isRecord(kind) || !('object' in request)) return undefined
  const { group = '', kind: name } = kind
  if (typeof group !== 'string' || typeof name !== 'string') return undefined
  if (typeof namespace !== 'string' || typeof operation !== 'string' || typeof dryRun !== 'boolean') return undefined
  const isPodCreation = group === '' && name === 'Pod' && operation === 'CREATE'
  return { uid, namespace, operation, dryRun, pod: isPodCreation && isPod(object) ? object : undefined }
}
