import { admissionReviewSchema } from '../policy/schema/admission-review.ts'
import { podSchema, type RawPod } from '../policy/schema/pod.ts'

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

/** Bytes to a review; undefined where they are no AdmissionReview of `admission.k8s.io/v1`. */
export function parseReview(bytes: Buffer): Review | undefined {
  const parsed = admissionReviewSchema.safeParse(parseJson(bytes))
  if (!parsed.success) return undefined
  const { uid, namespace, operation, dryRun, kind, object } = parsed.data.request
  const isPodCreation = kind.group === '' && kind.kind === 'Pod' && operation === 'CREATE'
  return { uid, namespace, operation, dryRun, pod: isPodCreation ? podSchema.safeParse(object).data : undefined }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined // No JSON at all is no AdmissionReview, like JSON of another shape.
  }
}
