import type { GreenroomError } from '../policy/greenroom-error.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import { admit, type Setup, type Verdict } from './admit.ts'
import { heldVersion, type Version } from './held-version.ts'
import { allowed, denied, errored, patched, type Response, toText } from './response.ts'
import { parseReview, type Review } from './review.ts'
import { isTooIntricate, structureLimit } from './review-size.ts'
import { noReview, sentence } from './sentence.ts'
import { cutUnread } from './unread.ts'

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number
  /** JSON. */
  readonly text: string
}

/** Told of every verdict; it may log and count, and changes nothing. */
export type Observer = (review: Review, verdict: Verdict, durationMs: number) => void

/** The setup by which a pod of this namespace is decided about. */
export type FindSetup = (pod: RawPod, namespace: string) => Setup | Promise<Setup>

interface HandlerParts {
  readonly observe: Observer
  readonly nowMs: () => number
  /** Whether operators have released a version; asked only for pods that want to be held. */
  readonly readRelease: (version: Version) => Promise<boolean>
}

/**
 * Answers the body of a request to `/mutate`, and keeps only what is read of it.
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
export function createHandler(findSetup: FindSetup, { observe, nowMs, readRelease }: HandlerParts) {
  const decideOn = async (review: Review | undefined, isReleased: boolean, startMs: number): Promise<HttpAnswer> => {
    if (!review) return { status: 400, text: noReview }
    if (!review.pod) return answer(errored(review.uid, 'Greenroom reviews the creation of pods and nothing else.'))
    const setup = await findSetup(review.pod, review.namespace)
    const verdict = admit(review.pod, review.namespace, setup, isReleased)
    observe(review, verdict, nowMs() - startMs)
    return answer(respond(review.uid, verdict))
  }
  return async (whole: Buffer): Promise<HttpAnswer> => {
    const startMs = nowMs()
    const body = cutUnread(whole)
    if (isTooIntricate(body)) return { status: 413, text: tooIntricate }
    const review = parseReview(body)
    const version = review?.pod && heldVersion(review.pod, review.namespace)
    if (!version) return decideOn(review, false, startMs)
    // Parsed again after that, for a tree is many times its text and many pods may be waiting.
    return readRelease(version).then((isReleased) => decideOn(parseReview(body), isReleased, startMs))
  }
}

const tooIntricate = sentence(
  `The review has more than ${structureLimit} members and items, which is too large for a pod.`,
)

const answer = (response: Response): HttpAnswer => ({ status: 200, text: toText(response) })

function respond(uid: string, { decision, operations, warnings }: Verdict): Response {
  if (decision.kind === 'deny') return denied(uid, messageOf(decision.problems))
  return operations.length > 0 ? patched(uid, operations, warnings) : allowed(uid, warnings)
}

/** A denial's, a line for each. */
export const messageOf = (problems: readonly GreenroomError[]) => problems.map(({ message }) => message).join('\n')
