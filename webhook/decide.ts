import { annotations, readAnnotation } from '../policy/annotations.ts'
import { findCheckProblem } from '../policy/check.ts'
import { findDebugProblem } from '../policy/debugging.ts'
import { findAbstention, findExemption } from '../policy/exemption.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import type { LxcfsSurroundings } from '../policy/lxcfs/surroundings.ts'
import { findPreStartProblem } from '../policy/pre-start.ts'
import { findProblems } from '../policy/problems.ts'
import { type Reason, reasons } from '../policy/reasons.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import { type Injection, planInjection } from './injection.ts'

/** What happens to a pod, with exactly one reason. */
export type Decision = Problems &
  (
    | { readonly kind: 'inject'; readonly reason: 'Injected'; readonly injection: Injection }
    | { readonly kind: 'skip' | 'deny'; readonly reason: Reason }
  )

/** Said in the denial, else in warnings and in the status annotation. */
interface Problems {
  readonly problems: readonly GreenroomError[]
}

export interface Question {
  readonly pod: RawPod
  /** Where the pod will be; its own metadata may leave it out. */
  readonly namespace: string
  /** Greenroom's own. */
  readonly ownNamespace: string
  readonly policy: InjectionPolicy
  readonly lxcfs: LxcfsSurroundings
  /** What the pod says and may not say; taken out of it already. */
  readonly unheard?: readonly GreenroomError[]
  /** Operators have released the version that the pod is of; matters only to a pod that asks to be held. */
  readonly isReleased?: boolean
}

/**
 * The first row that fits decides. Deny where a person waits, never where a controller does: a template once admitted
 * stays admissible. Nor where nobody has asked.
 *
 * | the pod | without a controller | of a controller |
 * |---|---|---|
 * | of an excluded namespace, policy Off, mirror, hostNetwork, Windows | skip | skip |
 * | has an unknown or malformed key, or one that the policy does not allow | deny | goes on with the policy's value |
 * | `inject` is "false" | skip | skip |
 * | `inject` is absent, and the policy injects those that ask | skip | skip |
 * | something stands in the way, `inject` is "true" | deny | skip |
 * | something stands in the way, `inject` is absent | skip | skip |
 * | else | inject | inject |
 */
export function decide(question: Question): Decision {
  const { pod, policy, unheard = [] } = question
  const exemption = findExemption(question)
  if (exemption) return { kind: 'skip', reason: exemption, problems: [] }
  const problems = [...unheard, ...findProblems(pod, policy)]
  const grave = problems.filter(({ code }) => reasons[code].outcome === 'fallback')
  if (grave[0] && !hasController(pod)) return { kind: 'deny', reason: grave[0].code, problems: grave }
  const abstention = findAbstention(pod, policy)
  if (abstention) return { kind: 'skip', reason: abstention, problems }
  const injection = planInjection(question)
  if (!(injection instanceof GreenroomError)) {
    const { preStart, app, lxcfs } = injection
    const missing = [
      findPreStartProblem(preStart, app.container),
      findCheckProblem(pod, app.container, policy),
      findDebugProblem({ ...question, app: app.container }),
      ...lxcfs.problems,
    ]
    const all = [...problems, ...missing.filter((problem) => problem !== undefined)]
    return { kind: 'inject', reason: 'Injected', injection, problems: all }
  }
  const hasAsked = readAnnotation(pod, annotations.inject) === true
  const kind = !hasAsked || hasController(pod) ? 'skip' : 'deny'
  return { kind, reason: injection.code, problems: [injection, ...problems] }
}

/** Whether a controller made the pod, and would only try again. */
const hasController = ({ metadata }: RawPod): boolean =>
  metadata.ownerReferences?.some(({ controller }) => controller) ?? false
