import type { Verdict } from './admit.ts'
import type { Review } from './review.ts'

/** What is logged and counted of a verdict. Never the pod itself: its environment may hold secrets. */
export interface Outcome {
  readonly namespace: string
  readonly name: string | undefined
  readonly operation: string
  readonly dryRun: boolean
  readonly policy: string | undefined
  readonly decision: Verdict['decision']['kind']
  readonly reason: Verdict['decision']['reason']
  /** Codes of them; left out where there are none. */
  readonly problems?: readonly string[]
  /** How many. */
  readonly operations: number
}

export function outcomeOf({ namespace, operation, dryRun, pod }: Review, verdict: Verdict): Outcome {
  const { decision, policyName, operations } = verdict
  const problems = decision.problems.map(({ code }) => code)
  return {
    namespace,
    name: pod?.metadata.name ?? pod?.metadata.generateName ?? undefined,
    operation,
    dryRun,
    policy: policyName,
    decision: decision.kind,
    reason: decision.reason,
    ...(problems.length > 0 && { problems }),
    operations: operations.length,
  }
}
