import { hasKeyOfOurs } from '../policy/annotations.ts'
import { sentenceLimit } from '../policy/greenroom-error.ts'
import { type LxcfsSurroundings, noCluster } from '../policy/lxcfs/surroundings.ts'
import { hearPod } from '../policy/overrides.ts'
import { reasons } from '../policy/reasons.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import { type Decision, decide } from './decide.ts'
import { mutate } from './mutate.ts'
import { addAnnotations } from './mutators/parents.ts'
import { addStatus } from './mutators/status.ts'
import type { Operation } from './patch.ts'

/** What stays the same from review to review. */
export interface Setup {
  readonly policy: InjectionPolicy
  /** Of the object that the policy is from; undefined where it is from a file. */
  readonly policyName?: string | undefined
  /** Left out where there is no cluster. */
  readonly lxcfs?: LxcfsSurroundings
  /** Image of the injected containers where the policy names none. */
  readonly image: string
  readonly version: string
  /** Greenroom's own. */
  readonly namespace: string
  /** Draws a secret that fits into an HTTP header. */
  readonly drawToken: () => string
}

/** A decision and all that follows from it. */
export interface Verdict {
  readonly decision: Decision
  readonly policyName: string | undefined
  readonly operations: readonly Operation[]
  readonly warnings: readonly string[]
  /** What was drawn for this pod, and is in the operations; undefined where it gets no sidecar. */
  readonly probeToken?: string
}

/** Decides about a pod that is being created in a namespace, and works the decision out. No effects. */
export function admit(pod: RawPod, namespace: string, setup: Setup, isReleased = false): Verdict {
  const { policy, policyName, lxcfs = noCluster, namespace: ownNamespace } = setup
  const { pod: heard, problems: unheard } = hearPod(pod, policy)
  const decision = decide({ pod: heard, namespace, ownNamespace, policy, lxcfs, unheard, isReleased })
  if (isNoneOfOurs(decision, pod)) return { decision, policyName, operations: [], warnings: [] }
  return {
    decision,
    policyName,
    warnings: warningsOf(decision),
    ...worked(decision, heard, setup),
  }
}

function worked(decision: Decision, pod: RawPod, setup: Setup): Pick<Verdict, 'operations' | 'probeToken'> {
  if (decision.kind === 'deny') return { operations: [] }
  const status = addStatus(pod, decision, setup)
  if (decision.kind !== 'inject') return { operations: [...addAnnotations(pod), ...status] }
  const { policy } = setup
  const image = policy.image ?? setup.image
  const probeToken = setup.drawToken()
  const operations = mutate({ pod, injection: decision.injection, policy, image, probeToken })
  return { operations: [...operations, ...status], probeToken }
}

/** Nothing of Greenroom is left in such a pod, as it came, not even a note. The final check asks for one in each pod that has a key of ours. */
const isNoneOfOurs = ({ reason }: Decision, pod: RawPod) =>
  reason === 'NamespaceExcluded' || (reason === 'NotRequested' && !hasKeyOfOurs(pod))

/** Whoever asked for nothing is told nothing; every other skip is said aloud. */
function warningsOf({ kind, reason, problems }: Decision): readonly string[] {
  if (kind === 'deny' || (reason === 'InjectFalse' && problems.length === 0)) return []
  const said = problems.flatMap(({ message, sentence, finding }) =>
    message.length <= sentenceLimit ? message : [sentence, finding.fix],
  )
  const isSaid = kind === 'inject' || problems.some(({ code }) => code === reason)
  return isSaid ? said : [`${reason}: ${reasons[reason].sentence}`, ...said]
}
