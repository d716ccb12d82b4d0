import { isNativeProxy, setsRules } from '../../policy/injected-container.ts'
import type { RawPod } from '../../policy/schema/pod.ts'

/**
 * Where ours begin among the init containers: first, for none of the pod's may start without its authorizations. But behind a
 * mesh's proxy, if that is one of them: from its init container on, calls to the authorization service go through it, and
 * native sidecars end in reverse order, so that it is still there when ours takes the authorizations back.
 *
 * | init containers before | after |
 * |---|---|
 * | theirs | ours, theirs |
 * | istio-init, istio-proxy, theirs | istio-init, istio-proxy, ours, theirs |
 * | theirs, istio-init | ours, theirs, istio-init |
 */
export const behindProxy = ({ spec }: RawPod): number => (spec.initContainers ?? []).findLastIndex(isNativeProxy) + 1

/**
 * Where the last one of ours goes: the end, but before what a mesh has put there to lead the traffic to a proxy that starts with
 * the app.
 */
export function beforeRules({ spec }: RawPod): number {
  const containers = spec.initContainers ?? []
  return containers.findLastIndex((container) => !setsRules(container)) + 1
}
