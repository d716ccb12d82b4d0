import { statusAnnotation } from '../../policy/names.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import type { Decision } from '../decide.ts'
import { type Operation, setEntry } from '../patch.ts'

/** Who decided, and by which policy. */
interface Author {
  readonly version: string
  readonly policyName?: string | undefined
}

/**
 * Writes down what was decided, over whatever the pod brought along: the annotation is for people and for checks that
 * catch accidents, and nobody trusts it. The annotations' parent has to be there.
 */
export function addStatus(pod: RawPod, decision: Decision, author: Author): readonly Operation[] {
  const { annotations } = pod.metadata
  return setEntry(annotations, '/metadata/annotations', statusAnnotation, JSON.stringify(statusOf(decision, author)))
}

function statusOf(decision: Decision, { version, policyName }: Author) {
  const { kind, reason, problems } = decision
  const injected = decision.kind === 'inject' && {
    container: decision.injection.app.container.name,
    port: decision.injection.port,
    application: decision.injection.settings.application,
  }
  const messages = problems.map(({ message }) => message)
  return {
    version,
    policy: policyName,
    decision: kind,
    reason,
    ...injected,
    ...(messages.length > 0 && { problems: messages }),
  }
}
