import { annotations } from '../policy/annotations.ts'
import type { GreenroomError } from '../policy/greenroom-error.ts'
import { admit, type Setup, type Verdict } from './admit.ts'
import { heldVersion, type Version } from './held-version.ts'
import { allowed, denied, errored, patched, type Response, toAdmissionReview } from './response.ts'
import { parseReview, type Review } from './review.ts'
import { isTooIntricate, structureLimit } from './review-size.ts'

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly body: object
}

/** Told of every verdict; it may log and count, and changes nothing. */
export type Observer = (review: Review, verdict: Verdict, durationMs: number) => void

interface HandlerParts {
  readonly observe: Observer
  readonly nowMs: () => number
  /** Whether operators have released a version; asked only for pods that want to be held. */
  readonly readRelease: (version: Version) => Promise<boolean>
}

/**
 * Answers the body of a request to `/mutate`.
 *
 * | body | status | answer |
 * |---|---|---|
 * | larger in memory than any review | 413 | a sentence |
 * | no AdmissionReview | 400 | a sentence |
 * | of anything but the creation of a pod | 200 | errored |
 * | of a pod that is denied | 200 | denied |
 * | of a pod that stays as it is | 200 | allowed |
 * | of a pod that changes | 200 | patched |
 *
 * What is thrown becomes a 500 in the server: only then does the registration's failurePolicy decide.
 */
export function createHandler(setup: Setup, { observe, nowMs, readRelease }: HandlerParts) {
  return async (body: Buffer): Promise<HttpAnswer> => {
    const startMs = nowMs()
    if (isTooIntricate(body)) return { status: 413, body: { message: tooIntricate } }
    const version = versionIn(body)
    // Without a tree in memory, for it is many times its text and many pods may be waiting.
    const isReleased = version ? await readRelease(version) : false
    const review = parseReview(body)
    if (!review) return { status: 400, body: { message: 'The body is no AdmissionReview of admission.k8s.io/v1.' } }
    if (!review.pod) return answer(errored(review.uid, 'Greenroom reviews the creation of pods and nothing else.'))
    const verdict = admit(review.pod, review.namespace, setup, isReleased)
    observe(review, verdict, nowMs() - startMs)
    return answer(respond(review.uid, verdict))
  }
}

const tooIntricate = `The review has more than ${structureLimit} members and items, which is too large for a pod.`

/** The version whose release has to be asked for; most pods have none, which a look at the text can tell. */
function versionIn(body: Buffer): Version | undefined {
  const review = body.includes(annotations.hold.key) ? parseReview(body) : undefined
  return review?.pod && heldVersion(review.pod, review.namespace)
}

const answer = (response: Response): HttpAnswer => ({ status: 200, body: toAdmissionReview(response) })

function respond(uid: string, { decision, operations, warnings }: Verdict): Response {
  if (decision.kind === 'deny') return denied(uid, messageOf(decision.problems))
  return operations.length > 0 ? patched(uid, operations, warnings) : allowed(uid, warnings)
}

const messageOf = (problems: readonly GreenroomError[]) => problems.map(({ message }) => message).join('\n')
