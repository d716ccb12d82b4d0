import { annotations } from '../policy/annotations.ts'
import { announcingLimitMs } from '../policy/announcing-limit.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import type { PodSettings } from '../policy/settings.ts'

/** Kubernetes' default: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
const defaultGraceSeconds = 30

/** For the sidecar's `deleting` to arrive, and for an answer to travel through the FIFOs. */
const offlineSlackSeconds = 2

/** For the sidecar's own end after the app's, where it revokes the authorization. */
const revokeSeconds = 5

/** What an app needs at least between its SIGTERM and its SIGKILL. */
const leastAppSeconds = 1

/** The pod's own, before anything of ours is added. */
export const ownGraceSeconds = ({ spec }: RawPod): number => spec.terminationGracePeriodSeconds ?? defaultGraceSeconds

/** How long the app's preStop may block: announcers, the drain, the postOffline hook and some slack. */
export function offlineLimitSeconds(settings: PodSettings): number {
  const { drain, hooks } = settings
  const longestMs = announcingLimitMs(settings) + drain.maxMs + hooks.postOffline.timeoutMs
  return Math.ceil(longestMs / 1000) + offlineSlackSeconds
}

/** What Greenroom takes of the grace period, before the app's own stop and after it. */
export const addedGraceSeconds = (settings: PodSettings): number => offlineLimitSeconds(settings) + revokeSeconds

/** An obstacle, where the policy leaves the grace period alone and the pod's own is too short for an orderly end. */
export function findShortGrace(
  pod: RawPod,
  settings: PodSettings,
  { terminationGracePeriod }: InjectionPolicy,
): GreenroomError | undefined {
  const needed = addedGraceSeconds(settings) + leastAppSeconds
  const own = ownGraceSeconds(pod)
  if (terminationGracePeriod === 'raise' || own >= needed) return undefined
  return new GreenroomError('GracePeriodTooShort', {
    at: 'terminationGracePeriodSeconds',
    found: pod.spec.terminationGracePeriodSeconds === own ? String(own) : `unset, so ${own}`,
    expected: `at least ${needed}`,
    fix: `Set it to ${needed} or more, or shorten ${annotations.drain.key} or ${annotations.postOfflineTimeout.key}.`,
  })
}
