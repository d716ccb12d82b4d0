import { isDeepStrictEqual } from 'node:util'
import { aliveCommand, isAliveCommand } from '../../policy/alive-command.ts'
import type { RawPod } from '../../policy/schema/pod.ts'
import { vouchText } from '../../policy/vouch.ts'
import { ownGraceSeconds } from '../grace-period.ts'
import { add, pointer, replace } from '../patch.ts'
import type { Mutator } from './context.ts'

/** Room for an exec and for the checkurl's own limit inside the program; more where the sidecar has to start something to ask it. */
const leastTimeoutSeconds = 3
const leastVouchedTimeoutSeconds = 6

/** The app hangs: it will not stop by itself, and whoever waits for it waits for the restart. */
const mostGraceSeconds = 5

/** The pod's gets longer by a drain that a failed liveness does not wait for. Of a probe, 0 would be refused. */
const graceSeconds = (pod: RawPod) => Math.min(Math.max(1, ownGraceSeconds(pod)), mostGraceSeconds)

/**
 * `(checkurl answers) || (socat and java alive)`: a breakpoint that halts the app must not kill it. It takes the place
 * and the timing of the user's own probe. Where there was none, it starts only when the checkurl had its time: the app
 * would otherwise be killed while it starts.
 */
export const addLiveness: Mutator = ({ pod, injection: { app, liveness, settings } }) => {
  const present = app.container.livenessProbe
  if (liveness === 'keep') return []
  const path = pointer('spec', 'containers', app.index, 'livenessProbe')
  const command = aliveCommand(settings.checkurl)
  if (isAliveCommand(present?.exec?.command)) {
    // Another checkurl has been found since then.
    return isDeepStrictEqual(present?.exec?.command, command) ? [] : [replace(`${path}/exec/command`, command)]
  }
  const { initialDelaySeconds, periodSeconds, failureThreshold, timeoutSeconds, terminationGracePeriodSeconds } =
    present ?? {}
  const least = vouchText(settings.checkurl) === '' ? leastTimeoutSeconds : leastVouchedTimeoutSeconds
  const probe = {
    exec: { command },
    initialDelaySeconds: present ? (initialDelaySeconds ?? 0) : Math.ceil(settings.checkurl.timeoutMs / 1000),
    periodSeconds: periodSeconds ?? 10,
    failureThreshold: failureThreshold ?? 3,
    timeoutSeconds: Math.max(timeoutSeconds ?? 0, least),
    terminationGracePeriodSeconds: terminationGracePeriodSeconds ?? graceSeconds(pod),
  }
  return [add(path, probe)]
}
