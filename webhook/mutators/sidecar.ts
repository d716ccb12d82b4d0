import { checkText } from '../../policy/check.ts'
import { barrierCommand, decideCommand, deletingCommand, residentCommand, unexpanded } from '../../policy/commands.ts'
import { containerNames, debugPorts, env, probeTokenHeader, readyPath, runMountPath } from '../../policy/names.ts'
import { findSidecar } from '../../policy/own-parts.ts'
import { placeholdersIn } from '../../policy/placeholders.ts'
import type { Announcer } from '../../policy/settings.ts'
import { vouchText } from '../../policy/vouch.ts'
import { add, pointer } from '../patch.ts'
import type { Context, Mutator } from './context.ts'
import { behindProxy } from './init-order.ts'
import { ownContainer, renewSettings, renewVariable } from './own-container.ts'

/** A native sidecar (KEP-753): starts before the app, ends after it, and its readiness counts as the pod's. */
export const addSidecar: Mutator = (context) => {
  const present = findSidecar(context.pod)
  if (present) {
    return [
      ...renewSettings(context, present),
      ...extras(context).flatMap((variable) => renewVariable(context, present, variable)),
    ]
  }
  return [add(pointer('spec', 'initContainers', behindProxy(context.pod)), sidecar(context))]
}

/** What only some sidecars are told; empty where it is not for this one. */
function extras({ injection: { app, liveness, isDebugged, settings }, policy: { debug } }: Context) {
  const isComposite = liveness === 'composite'
  const { jdwp, session } = debugPorts
  const longestSeconds = Math.ceil(debug.longest / 1000)
  return [
    { name: env.check, value: settings.check ? unexpanded(checkText(app.container)) : '' },
    { name: env.vouch, value: isComposite ? vouchText(settings.checkurl) : '' },
    { name: env.debug, value: isComposite || isDebugged ? [longestSeconds, liveness, jdwp, session].join(' ') : '' },
  ]
}

function sidecar(context: Context) {
  const { port } = context.injection
  const role = {
    name: containerNames.sidecar,
    command: residentCommand,
    args: [runMountPath, String(port), ...decideCommand],
  }
  const own = ownContainer(role, context)
  return {
    ...own,
    env: [
      ...own.env,
      { name: env.probeToken, value: context.probeToken },
      ...extras(context).filter(({ value }) => value !== ''),
      ...nodeIp(context),
    ],
    restartPolicy: 'Always',
    ports: [{ containerPort: port, protocol: 'TCP' }], // Without a name, which would have to be unique in the pod.
    lifecycle: {
      postStart: { exec: { command: barrierCommand } },
      preStop: { exec: { command: deletingCommand } },
    },
    readinessProbe: {
      httpGet: { path: readyPath, port, httpHeaders: [{ name: probeTokenHeader, value: context.probeToken }] },
      periodSeconds: 1,
      timeoutSeconds: 10, // The answer is held until the state flips, for up to 4 s.
      failureThreshold: 1, // A second answer may come a period later, when the app that died is back but not yet warm.
    },
  }
}

/** Where an announcer is on the pod's node. */
const nodeIp = ({ injection: { settings } }: Context) =>
  settings.announcing?.announcers.some(namesNode)
    ? [{ name: env.nodeIp, valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }]
    : []

const namesNode = ({ online, offline }: Announcer) =>
  [online, offline].some(({ url, body = '' }) => placeholdersIn(url + body).includes('nodeIP'))
