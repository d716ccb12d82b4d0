import { env } from '../../policy/names.ts'
import { settingsIndex } from '../../policy/own-parts.ts'
import type { RawContainer } from '../../policy/schema/pod.ts'
import { ownMounts } from '../mounts.ts'
import { type Operation, pointer, replace } from '../patch.ts'
import { settingsText } from '../settings-size.ts'
import type { Context } from './context.ts'
import { ownResources } from './own-resources.ts'

/** The image's own user, as in distroless images; the kubelet checks `runAsNonRoot` only against a number. */
const uid = 65_532

/** Passes the Pod Security Standard `restricted`. */
const securityContext = {
  runAsUser: uid,
  runAsGroup: uid,
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

/** What one of our containers is and does. */
interface Role {
  readonly name: string
  readonly command: readonly string[]
  readonly args: readonly string[]
}

/** A container with what ours have in common. */
export function ownContainer({ name, command, args }: Role, context: Context) {
  return {
    name,
    image: context.image,
    imagePullPolicy: context.policy.imagePullPolicy,
    command,
    args,
    env: ownEnv(context),
    resources: ownResources(context.pod, context.policy),
    securityContext,
    volumeMounts: ownMounts,
  }
}

function ownEnv({ injection }: Context) {
  const podField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
  return [
    { name: env.settings, value: settingsText(injection.settings) },
    podField(env.podName, 'metadata.name'),
    podField(env.podNamespace, 'metadata.namespace'),
    podField(env.podUid, 'metadata.uid'),
    podField(env.podIp, 'status.podIP'),
  ]
}

/**
 * A container from an earlier pass keeps everything but its settings, its token too: the other differences are other
 * webhooks' work, such as a registry's mirror in its image.
 */
export function renewSettings({ injection, pod }: Context, container: RawContainer): readonly Operation[] {
  const index = settingsIndex(container)
  const value = settingsText(injection.settings)
  if (container.env?.[index]?.value === value) return []
  const containerIndex = pod.spec.initContainers?.indexOf(container) ?? -1
  return [replace(pointer('spec', 'initContainers', containerIndex, 'env', index, 'value'), value)]
}
