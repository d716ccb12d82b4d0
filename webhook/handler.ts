import type { GreenroomError } from '../policy/greenroom-error.ts'
import type { Labels } from '../policy/label-selector.ts'
import { admit, type Setup, type Verdict } from './admit.ts'
import { heldVersion, type Version } from './held-version.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { allowed, denied, errored, patched, type Response, toText } from './response.ts'
import { parseReview, type Review } from './review.ts'
import { isTooIntricate, structureLimit } from './review-size.ts'
import { noReview, sentence } from './sentence.ts'
import { type Fingerprint, fingerprintOf } from './templates/fingerprint.ts'
import { createKnownTemplates } from './templates/known.ts'
import { cutEnvironments, cutManagedFields } from './unread.ts'

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number
  /** JSON. */
  readonly text: string
}

/** Told of every verdict; it may log and count, and changes nothing. `isKnown`: it was there already, for another pod of the template. */
export type Observer = (uid: string, outcome: Outcome, durationMs: number, isKnown: boolean) => void

/** The setup by which a pod with these labels is decided about in this namespace; the same object as long as nothing of it changes. */
export type FindSetup = (labels: Labels, namespace: string) => Setup | Promise<Setup>

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
 * The pods of one template get one answer, but for what is drawn for each; only for the first two it is worked out. What is held
 * is asked about each time.
 *
 * What is thrown becomes a 500 in the server: only then does the registration's failurePolicy decide.
 */
export function createHandler(findSetup: FindSetup, { observe, nowMs, readRelease }: HandlerParts) {
  const templates = createKnownTemplates()

  /** undefined: the template is not known, or was decided by something else than what holds now. */
  const recall = async (print: Fingerprint, startMs: number): Promise<string | undefined> => {
    const known = templates.find(print)
    if (!known || (await findSetup(known.labels, known.namespace)) !== known.setup) return undefined
    observe(print.uid, known.outcome, nowMs() - startMs, true)
    const probeToken = known.answer.needsToken ? known.setup.drawToken() : undefined
    return known.answer.fill({ ...print, probeToken })
  }

  /** `print`: by which the answer may be given again. */
  const decideOn = async (
    review: Review | undefined,
    startMs: number,
    { isReleased = false, print }: { readonly isReleased?: boolean; readonly print?: Fingerprint | undefined },
  ): Promise<HttpAnswer> => {
    if (!review) return { status: 400, text: noReview }
    const { uid, namespace, pod } = review
    if (!pod) return answer(errored(uid, 'Greenroom reviews the creation of pods and nothing else.'))
    const setup = await findSetup(pod.metadata.labels ?? {}, namespace)
    const verdict = admit(pod, namespace, setup, isReleased)
    const outcome = outcomeOf(review, verdict)
    const response = respond(uid, verdict)
    const { probeToken } = verdict
    if (print) templates.keep(print, { uid, namespace, pod, setup, outcome, response, probeToken })
    observe(uid, outcome, nowMs() - startMs, false)
    return answer(response)
  }

  return async (whole: Buffer): Promise<HttpAnswer> => {
    const startMs = nowMs()
    const managed = cutManagedFields(whole)
    const print = fingerprintOf(managed)
    const known = print && (await recall(print, startMs))
    if (known !== undefined) return { status: 200, text: known }
    const body = cutEnvironments(managed)
    if (isTooIntricate(body)) return { status: 413, text: tooIntricate }
    const review = parseReview(body)
    const version = review?.pod && heldVersion(review.pod, review.namespace)
    if (!version) return decideOn(review, startMs, { print })
    // Parsed again after that, for a tree is many times its text and many pods may be waiting.
    return readRelease(version).then((isReleased) => decideOn(parseReview(body), startMs, { isReleased }))
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
