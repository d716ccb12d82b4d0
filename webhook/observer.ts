import type { Logger } from 'pino'
import type { Verdict } from './admit.ts'
import type { Observer } from './handler.ts'
import type { Review } from './review.ts'

/** One line and one count a review. Never the pod itself: its environment may hold secrets. */
export function createObserver(logger: Logger, count: (verdict: Verdict, durationMs: number) => void): Observer {
  return (review, verdict, durationMs) => {
    count(verdict, durationMs)
    logger.info(fieldsOf(review, verdict, durationMs), 'reviewed')
  }
}

function fieldsOf({ uid, namespace, operation, dryRun, pod }: Review, verdict: Verdict, durationMs: number) {
  const { decision, operations } = verdict
  const problems = decision.problems.map(({ code }) => code)
  return {
    uid,
    namespace,
    name: pod?.metadata.name ?? pod?.metadata.generateName,
    operation,
    dryRun,
    decision: decision.kind,
    reason: decision.reason,
    ...(problems.length > 0 && { problems }),
    operations: operations.length,
    durationMs: Math.round(durationMs * 1000) / 1000,
  }
}
