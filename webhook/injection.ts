import { isAliveCommand } from '../policy/alive-command.ts'
import { annotations, readAnnotation } from '../policy/annotations.ts'
import { findCheckurl } from '../policy/app-checkurl.ts'
import { findCommand } from '../policy/app-command.ts'
import { type AppContainer, findAppContainer } from '../policy/app-container.ts'
import { isDebugged, resolveDebugCommand } from '../policy/debugging.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { type LxcfsPlan, planLxcfs } from '../policy/lxcfs/plan.ts'
import type { LxcfsSurroundings } from '../policy/lxcfs/surroundings.ts'
import { choosePort } from '../policy/ports.ts'
import { type PreStart, resolvePreStart } from '../policy/pre-start.ts'
import { type Liveness, resolveLiveness, resolveSettings } from '../policy/precedence.ts'
import type { InjectionPolicy } from '../policy/schema/injection-policy.ts'
import type { RawPod } from '../policy/schema/pod.ts'
import type { PodSettings } from '../policy/settings.ts'
import { findConflict } from './conflicts.ts'
import { findShortGrace } from './grace-period.ts'
import { findHiddenFile } from './hidden-files.ts'
import { findOversize } from './settings-size.ts'

/** All that is decided about one pod before anything is written into it. */
export interface Injection {
  readonly app: AppContainer
  /** The port that the sidecar listens on. */
  readonly port: number
  /** Directory of the app's web root that shows the marker. */
  readonly healthcheckDir: string | undefined
  readonly liveness: Liveness
  readonly preStart: PreStart
  readonly isDebugged: boolean
  /** The app's command with a debugger in its JVM; undefined: there is to be none, or it cannot be. */
  readonly debugCommand: readonly string[] | undefined
  readonly lxcfs: LxcfsPlan
  readonly settings: PodSettings
}

interface Plan {
  readonly pod: RawPod
  /** Where the pod will be. */
  readonly namespace: string
  readonly policy: InjectionPolicy
  readonly lxcfs: LxcfsSurroundings
  /** Operators have released the version that the pod is of. */
  readonly isReleased?: boolean | undefined
}

/** What to inject into the pod, or the first obstacle to it. */
export function planInjection({ pod, namespace, policy, lxcfs, isReleased = false }: Plan): Injection | GreenroomError {
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
  const hidden = findHiddenFile(healthcheckDir, filesOf(settings, preStart, findCommand(pod, app.container, policy)))
  if (hidden) return hidden
  const question = { pod, app: app.container, namespace, policy }
  return {
    app,
    port,
    healthcheckDir,
    // What an earlier pass has written cannot be undone, for nobody knows any more what was there.
    liveness: isAliveCommand(app.container.livenessProbe?.exec?.command)
      ? 'composite'
      : resolveLiveness(pod, namespace, policy),
    preStart,
    isDebugged: isDebugged(question),
    debugCommand: resolveDebugCommand(question),
    lxcfs: planLxcfs({ pod, policy, lxcfs }),
    settings,
  }
}

/** What the pod is known to run out of its image. */
function filesOf({ hooks }: PodSettings, preStart: PreStart, command: readonly string[] = []): readonly string[] {
  const before = preStart.kind === 'off' ? [] : [preStart.hook]
  return [...[...before, ...Object.values(hooks)].map((hook) => hook.command[0]), ...command.slice(0, 1)]
}

const checkurlMissing = new GreenroomError('CheckurlMissing', {
  at: `annotation ${annotations.checkurl.key}`,
  expected: 'it or a probe with httpGet or tcpSocket',
  fix: `Write ${annotations.checkurl.key}: ${JSON.stringify(annotations.checkurl.example)}, or give the app container a readinessProbe.`,
})
