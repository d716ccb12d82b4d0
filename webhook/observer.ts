import type { Logger } from 'pino'
import type { Verdict } from './admit.ts'
import type { Observer } from './handler.ts'
import type { Review } from './review.ts'
import type { AdviceParts } from './workload/handler.ts'

/** One line and one count a review. Never the pod itself: its environment may hold secrets. */
export function createObserver(logger: Logger, count: (verdict: Verdict, durationMs: number) => void): Observer {
  return (review, verdict, durationMs) => {
    count(verdict, durationMs)
    logger.info(fieldsOf(review, verdict, durationMs), 'reviewed')
  }
}

function fieldsOf({ uid, namespace, operation, dryRun, pod }: Review, verdict: Verdict, durationMs: number) {
  const { decision, policyName, operations } = verdict
  const problems = decision.problems.map(({ code }) => code)
  return {
    uid,
    namespace,
    name: pod?.metadata.name ?? pod?.metadata.generateName,
    operation,
    dryRun,
    policy: policyName,
    decision: decision.kind,
    reason: decision.reason,
    ...(problems.length > 0 && { problems }),
    operations: operations.length,
    durationMs: Math.round(durationMs * 1000) / 1000,
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
