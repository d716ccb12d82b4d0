import { reasons } from '../policy/reasons.ts'
import { codeOf } from '../serving/api-error.ts'
import type { EventWriter, PodEvent } from './pod-event.ts'
import type { Missed } from './survey.ts'

export interface ReporterParts {
  readonly writeEvent: EventWriter
  /** Asked before each event. */
  readonly isLeading: () => boolean
  readonly onReport: (missed: Missed) => void
  readonly onError: (error: unknown, missed: Missed) => void
}

/** An outage leaves thousands; people and the API server need them a few at a time. */
const mostAtOnce = 50

/** Reports each missed pod once, by an event and a line in the log; where the API server is away again next time. */
export function createReporter({ writeEvent, isLeading, onReport, onError }: ReporterParts) {
  let reported: ReadonlySet<string> = new Set()
  return async (missed: readonly Missed[]): Promise<void> => {
    const done = new Set(missed.flatMap(({ pod }) => (reported.has(pod.uid) ? pod.uid : [])))
    reported = done
    for (const each of missed.filter(({ pod }) => !done.has(pod.uid)).slice(0, mostAtOnce)) {
      if (!isLeading()) return
      try {
        await writeEvent(each.pod, eventOf(each))
        done.add(each.pod.uid)
        onReport(each)
      } catch (error) {
        if (isFinal(error)) done.add(each.pod.uid)
        onError(error, each)
      }
    }
  }
}

/** As in a namespace that is being deleted: the same answer would come again. */
function isFinal(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && code >= 400 && code < 500 && code !== 429
}

function eventOf({ pod, policyName, policy, isSure }: Missed): PodEvent {
  const whose = policyName === undefined ? 'It asks for it.' : `Policy ${policyName} holds for it.`
  const remedy = pod.owner ? remedies[isSure ? policy.repair : 'perhaps'] : 'Delete it, and create it anew.'
  return {
    type: 'Warning',
    reason: 'InjectionMissed',
    message: `${reasons.InjectionMissed.sentence} ${whose} ${remedy}`,
  }
}

const remedies = {
  report: 'Delete it, and its controller makes one with Greenroom.',
  evict: 'Where its controller makes another one, it is evicted in its turn.',
  perhaps:
    'It is not evicted, for labels that have come or gone since may be why. Delete it, and its controller makes another one.',
} as const
