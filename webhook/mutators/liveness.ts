import { aliveCommand } from '../../policy/alive-command.ts'
import { isHelperCommand } from '../../policy/commands.ts'
import { ownGraceSeconds } from '../grace-period.ts'
import { add, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'

/** Room for an exec and for the checkurl's own limit inside the script. */
const leastTimeoutSeconds = 3

/**
 * `(checkurl answers) || (socat and java alive)`: a breakpoint that halts the app must not kill it. It takes the place
 * and the timing of the user's own probe. Where there was none, it starts only when the checkurl had its time: the app
 * would otherwise be killed while it starts.
 */
export const addLiveness: Mutator = ({ pod, injection: { app, liveness, settings } }) => {
  const present = app.container.livenessProbe
  if (liveness === 'keep' || isHelperCommand('alive', present?.exec?.command)) return []
  const { initialDelaySeconds, periodSeconds, failureThreshold, timeoutSeconds } = present ?? {}
  const probe = {
    exec: { command: aliveCommand(settings.checkurl) },
    initialDelaySeconds: present ? (initialDelaySeconds ?? 0) : Math.ceil(settings.checkurl.timeoutMs / 1000),
    periodSeconds: periodSeconds ?? 10,
    failureThreshold: failureThreshold ?? 3,
    timeoutSeconds: Math.max(timeoutSeconds ?? 0, leastTimeoutSeconds),
    // The pod's gets longer by a drain that a failed liveness does not wait for. Of a probe, 0 would be refused.
    terminationGracePeriodSeconds: Math.max(1, ownGraceSeconds(pod)),
  }
  return [add(pointer('spec', 'containers', app.index, 'livenessProbe'), probe)]
}
