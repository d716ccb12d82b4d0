import { findAnnouncerProblem } from './announcing.ts'
import { findCheckurlProblem } from './app-checkurl.ts'
import { findAppContainer } from './app-container.ts'
import { findAuthorizationProblem } from './authorization.ts'
import { GreenroomError } from './greenroom-error.ts'
import { findKeyProblems } from './key-problems.ts'
import type { InjectionPolicy } from './schema/injection-policy.ts'
import type { RawPod } from './schema/pod.ts'

/** Everything that is wrong with what people wrote into a pod; what only stands in the way is not among it. */
export function findProblems(pod: RawPod, policy: InjectionPolicy): readonly GreenroomError[] {
  const app = findAppContainer(pod)
  const checkurl = app instanceof GreenroomError ? undefined : findCheckurlProblem(pod, app.container)
  const all = [
    ...findKeyProblems(pod),
    checkurl,
    findAuthorizationProblem(pod, policy),
    findAnnouncerProblem(pod, policy),
  ]
  return all.filter((problem) => problem !== undefined)
}
