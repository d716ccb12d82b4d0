import { checkText } from '../../policy/check.ts'
import { barrierCommand, decideCommand, deletingCommand, residentCommand, unexpanded } from '../../policy/commands.ts'
import { containerNames, env, probeTokenHeader, readyPath, runMountPath } from '../../policy/names.ts'
import { findSidecar } from '../../policy/own-parts.ts'
import { placeholdersIn } from '../../policy/placeholders.ts'
import type { Announcer } from '../../policy/settings.ts'
import { add } from '../patch.ts'
import type { Context, Mutator } from './context.ts'
import { ownContainer, renewSettings, renewVariable } from './own-container.ts'

/** A native sidecar (KEP-753): starts before the app, ends after it, and its readiness counts as the pod's. */
export const addSidecar: Mutator = (context) => {
  const present = findSidecar(context.pod)
  if (present) return [...renewSettings(context, present), ...renewVariable(context, present, check(context))]
  return [add('/spec/initContainers/0', sidecar(context))]
}

/** What `check` is to ask; empty where the app is asked by the kubelet itself. */
const check = ({ injection: { app, settings } }: Context) => ({
  name: env.check,
  value: settings.check ? unexpanded(checkText(app.container)) : '',
})

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
      ...(context.injection.settings.check ? [check(context)] : []),
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
