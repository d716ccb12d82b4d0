import { LRUCache } from 'lru-cache'
import type { Labels } from '../../policy/label-selector.ts'
import type { Setup } from '../admit.ts'
import type { Outcome } from '../outcome.ts'
import type { AnswerTemplate } from './answer.ts'

/** What is kept of the last pod of a template. */
export interface KnownTemplate {
  /** By which it was decided; the answer holds as long as the pod's labels and namespace still lead to this very object. */
  readonly setup: Setup
  readonly labels: Labels
  readonly namespace: string
  readonly outcome: Outcome
  readonly answer: AnswerTemplate
  /** At least what it takes: labels and outcome are parts of the review. */
  readonly bytes: number
}

/** More than are rolled out at a time. */
const most = 500
const mostBytes = 8 * 1024 * 1024

/** The templates of the last pods, by the digest of their reviews; whichever was not asked for longest goes first. */
export const createKnownTemplates = () =>
  new LRUCache<string, KnownTemplate>({
    max: most,
    maxSize: mostBytes,
    sizeCalculation: ({ bytes }) => bytes,
  })
