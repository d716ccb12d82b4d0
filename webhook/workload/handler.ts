import { isRecord, parseJson } from '../../policy/json.ts'
import { type FindSetup, type HttpAnswer, messageOf } from '../handler.ts'
import { allowed, denied, type Response, toText } from '../response.ts'
import { isTooIntricate, structureLimit } from '../review-size.ts'
import { noReview, sentence } from '../sentence.ts'
import { type Advice, adviseOn, type WorkloadChange } from './advice.ts'

/** A review of a workload, free of its wire format. */
interface WorkloadReview extends WorkloadChange {
  readonly uid: string
  readonly name: string | undefined
}

export interface AdviceParts {
  readonly findSetup: FindSetup
  /** Told of every advice. */
  readonly observe: (review: WorkloadReview, advice: Advice) => void
}

/**
 * Answers the body of a request to `/validate`: 400 where it is no AdmissionReview, 413 where it is larger in memory than any workload,
 * else allowed, maybe with warnings, or denied.
 */
export function createAdvisor({ findSetup, observe }: AdviceParts) {
  return async (body: Buffer): Promise<HttpAnswer> => {
    if (isTooIntricate(body)) return { status: 413, text: tooIntricate }
    const review = parseWorkloadReview(body)
    if (!review) return { status: 400, text: noReview }
    const advice = await adviseOn(review, (labels) => findSetup(labels, review.namespace))
    observe(review, advice)
    return { status: 200, text: toText(respond(review.uid, advice)) }
  }
}

const tooIntricate = sentence(
  `The review has more than ${structureLimit} members and items, which is too large for a workload.`,
)

function parseWorkloadReview(body: Buffer): WorkloadReview | undefined {
  const review = parseJson(body.toString('utf8'))
  if (!isRecord(review) || review.apiVersion !== 'admission.k8s.io/v1' || !isRecord(review.request)) return undefined
  const { uid, kind, name, namespace, object, oldObject } = review.request
  if (typeof uid !== 'string' || !isRecord(kind) || typeof kind.kind !== 'string') return undefined
  return {
    uid,
    kind: kind.kind,
    name: typeof name === 'string' ? name : undefined,
    namespace: typeof namespace === 'string' ? namespace : '',
    object,
    before: oldObject,
  }
}

const respond = (uid: string, advice: Advice): Response =>
  advice.kind === 'deny' ? denied(uid, messageOf(advice.problems)) : allowed(uid, advice.warnings)
