import type { Logger } from 'pino'
import type { Observer } from './handler.ts'
import type { Outcome } from './outcome.ts'
import type { AdviceParts } from './workload/handler.ts'

/** What is counted of a review: its outcome, how long it took, and whether its template was known. */
type Count = (outcome: Outcome, durationMs: number, isKnown: boolean) => void

/** One line and one count a review. */
export function createObserver(logger: Logger, count: Count): Observer {
  return (uid, outcome, durationMs, isKnown) => {
    count(outcome, durationMs, isKnown)
    logger.info({ uid, ...outcome, durationMs: Math.round(durationMs * 1000) / 1000 }, 'reviewed')
  }
}

/** One line for each workload with something to say. */
export function createAdviceObserver(logger: Logger): AdviceParts['observe'] {
  return ({ uid, kind, namespace, name }, advice) => {
    const fields = { uid, kind, namespace, name, decision: advice.kind }
    if (advice.kind === 'deny') logger.info({ ...fields, problems: advice.problems.map(({ code }) => code) }, 'advised')
    else if (advice.warnings.length > 0) logger.info({ ...fields, warnings: advice.warnings.length }, 'advised')
  }
}
