import { env } from '../../policy/names.ts'
import { envIndex } from '../../policy/own-parts.ts'
import type { RawContainer } from '../../policy/schema/pod.ts'
import { ownMounts, tokenMount } from '../mounts.ts'
import { add, type Operation, pointer, replace } from '../patch.ts'
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
    volumeMounts: context.injection.settings.authorization?.token ? [...ownMounts, tokenMount] : ownMounts,
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
    podField(env.podIps, 'status.podIPs'),
  ]
}

/**
 * A container from an earlier pass keeps everything but its settings, its probe's token too: the other differences are other
 * webhooks' work, such as a registry's mirror in its image. What the settings say of a token for the authorization service
 * has to be true.
 */
export function renewSettings(context: Context, container: RawContainer): readonly Operation[] {
  const { settings } = context.injection
  return [
    ...renewVariable(context, container, { name: env.settings, value: settingsText(settings) }),
    ...(settings.authorization?.token ? mountToken(context, container) : []),
  ]
}

function mountToken({ pod }: Context, container: RawContainer): readonly Operation[] {
  if (container.volumeMounts?.some(({ name }) => name === tokenMount.name)) return []
  const index = pod.spec.initContainers?.indexOf(container) ?? -1
  return [add(pointer('spec', 'initContainers', index, 'volumeMounts', '-'), tokenMount)]
}

/** A variable that is not there is added; one that is to be empty, and is not there, is not. */
export function renewVariable(
  { pod }: Context,
  container: RawContainer,
  { name, value }: { readonly name: string; readonly value: string },
): readonly Operation[] {
  const index = envIndex(container, name)
  if ((container.env?.[index]?.value ?? '') === value) return []
  const path = pointer('spec', 'initContainers', pod.spec.initContainers?.indexOf(container) ?? -1, 'env')
  return [index === -1 ? add(`${path}/-`, { name, value }) : replace(`${path}/${index}/value`, value)]
}
