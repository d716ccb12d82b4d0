import { annotations, readAnnotation } from '../policy/annotations.ts'
import { findCheckurl } from '../policy/app-checkurl.ts'
import { type AppContainer, findAppContainer } from '../policy/app-container.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { choosePort } from '../policy/ports.ts'
import { type PreStart, resolvePreStart } from '../policy/pre-start.ts'
import { resolveLiveness, resolveSettings } from '../policy/precedence.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import type { PodSettings } from '../policy/settings.ts'
import { findConflict } from './conflicts.ts'
import { findShortGrace } from './grace-period.ts'
import { findOversize } from './settings-size.ts'

/** All that is decided about one pod before anything is written into it. */
export interface Injection {
  readonly app: AppContainer
  /** The port that the sidecar listens on. */
  readonly port: number
  /** Directory of the app's web root that shows the marker. */
  readonly healthcheckDir: string | undefined
  readonly liveness: 'composite' | 'keep'
  readonly preStart: PreStart
  readonly settings: PodSettings
}

interface Plan {
  readonly pod: RawPod
  readonly policy: InjectionPolicy
  /** Operators have released the version that the pod is of. */
  readonly isReleased?: boolean | undefined
}

/** What to inject into the pod, or the first obstacle to it. */
export function planInjection({ pod, policy, isReleased = false }: Plan): Injection | GreenroomError {
  const app = findAppContainer(pod)
  if (app instanceof GreenroomError) return app
  const checkurl = findCheckurl(pod, app.container)
  if (!checkurl) return checkurlMissing
  const port = choosePort(pod, policy.ports)
  if (port instanceof GreenroomError) return port
  const healthcheckDir = readAnnotation(pod, annotations.healthcheckDir)
  const conflict = findConflict(pod, app.container, healthcheckDir)
  if (conflict) return conflict
  const settings = resolveSettings({ pod, app: app.container, checkurl, policy, isReleased })
  const oversize = findOversize(settings)
  if (oversize) return oversize
  const shortGrace = findShortGrace(pod, settings, policy)
  if (shortGrace) return shortGrace
  const preStart = resolvePreStart(pod, app.container, policy)
  return { app, port, healthcheckDir, liveness: resolveLiveness(pod, policy), preStart, settings }
}

const checkurlMissing = new GreenroomError('CheckurlMissing', {
  at: `annotation ${annotations.checkurl.key}`,
  expected: 'it or a probe with httpGet or tcpSocket',
  fix: `Write ${annotations.checkurl.key}: ${JSON.stringify(annotations.checkurl.example)}, or give the app container a readinessProbe.`,
})
