import { checkPath, env, probeTokenHeader } from '../../policy/names.ts'
import { findSidecar } from '../../policy/own-parts.ts'
import { findOwnProbe } from '../../policy/own-probe.ts'
import { add, pointer } from '../patch.ts'
import type { Context, Mutator } from './context.ts'

/**
 * Has the kubelet ask the sidecar what it would have asked the app, a second longer, for the sidecar keeps to the app's time
 * by itself. All else of the probe stays.
 *
 * | an earlier pass | check is on | the probe |
 * |---|---|---|
 * | has not written over it | no | stays |
 * | has not written over it | yes | leads to the sidecar |
 * | has | yes | stays: where it is another by now, as with Istio, that webhook's leads to ours |
 * | has | no | is what it was |
 */
export const addCheck: Mutator = (context) => {
  const { pod, injection } = context
  const { app, port, settings } = injection
  const own = findOwnProbe(pod)
  const isOn = settings.check !== null
  if (isOn === (own !== undefined)) return []
  const path = pointer('spec', 'containers', app.index, 'readinessProbe')
  if (!settings.check) return Object.entries(own ?? {}).map(([field, value]) => add(`${path}/${field}`, value))
  const httpHeaders = [{ name: probeTokenHeader, value: tokenOf(context) }]
  return [
    add(`${path}/httpGet`, { path: checkPath, port, httpHeaders }),
    add(`${path}/timeoutSeconds`, settings.check.timeoutSeconds + 1),
  ]
}

/** A sidecar from an earlier pass keeps its own. */
function tokenOf({ pod, probeToken }: Context): string {
  const present = findSidecar(pod)?.env?.find(({ name }) => name === env.probeToken)
  return present?.value ?? probeToken
}
