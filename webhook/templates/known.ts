import { LRUCache } from 'lru-cache'
import type { Labels } from '../../policy/label-selector.ts'
import { findSidecar } from '../../policy/own-parts.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import type { Setup } from '../admit.ts'
import type { Outcome } from '../outcome.ts'
import type { Response } from '../response.ts'
import { type AnswerTemplate, answerTemplate } from './answer.ts'
import type { Fingerprint } from './fingerprint.ts'
import { isOfVolumeOnly } from './token-volume.ts'

/** What is kept of a pod of a template. */
export interface KnownTemplate {
  /** By which it was decided; the answer holds as long as labels and namespace still lead to this very object. */
  readonly setup: Setup
  readonly labels: Labels
  readonly namespace: string
  readonly outcome: Outcome
  readonly answer: AnswerTemplate
}

/** A pod that was decided about. */
export interface DecidedPod {
  readonly uid: string
  readonly namespace: string
  readonly pod: RawPod
  readonly setup: Setup
  readonly outcome: Outcome
  readonly response: Response
  /** What was drawn for it. */
  readonly probeToken: string | undefined
}

/** The templates of the last pods, by the digest of their reviews. */
export interface KnownTemplates {
  readonly find: (print: Fingerprint) => KnownTemplate | undefined
  /** Does nothing for the first pod of a fingerprint, nor where another one may get another answer. */
  readonly keep: (print: Fingerprint, decided: DecidedPod) => void
}

/** More than are rolled out at a time. Whichever was not asked for longest goes first. */
const most = 500
const mostBytes = 8 * 1024 * 1024

/** Of a label in memory; its text is much less. Outcome and labels are parts of the review. */
const labelBytes = 100

/** As many as three hexadecimal digits have values. */
const places = 16 ** 3

export function createKnownTemplates(): KnownTemplates {
  const templates = new LRUCache<string, KnownTemplate>({ max: most, maxSize: mostBytes })
  // Each in the place that its beginning says, over whatever was there. Many pods are alone with their template: to keep what is never
  // asked for costs more than to work it out once more for the second of those that are not.
  const seenOnce: string[] = Array(places).fill('')
  const isSeenAgain = ({ digest }: Fingerprint): boolean => {
    const place = Number.parseInt(digest.slice(0, 3), 16)
    if (seenOnce[place] === digest) return true
    seenOnce[place] = digest
    return false
  }
  return {
    find: ({ digest }) => templates.get(digest),
    keep(print, { uid, pod, namespace, setup, outcome, response, probeToken }) {
      // The uid of the review need not be the one at its beginning, where a member is written twice. Who was injected before, and is asked
      // about once more, has a token that no other pod has.
      if (print.uid !== uid || findSidecar(pod) || !isOfVolumeOnly(print, pod) || !isSeenAgain(print)) return
      const answer = answerTemplate(response, { ...print, probeToken })
      if (!answer) return
      const labels = pod.metadata.labels ?? {}
      const size = print.bytes + answer.bytes + labelBytes * Object.keys(labels).length
      templates.set(print.digest, { setup, labels, namespace, outcome, answer }, { size })
    },
  }
}
