import type { Container, Pod } from './pod.ts'

/** `init` runs to its end, `sidecar` is an init container that stays (KEP-753), `app` is an ordinary container. */
export type Role = 'init' | 'sidecar' | 'app'

export interface Part {
  readonly role: Role
  readonly container: Container
}

/**
 * The order in which the kubelet starts containers:
 *
 * | role    | the next one starts when        |
 * |---------|---------------------------------|
 * | init    | it exited with 0                |
 * | sidecar | it runs and its postStart is done |
 * | app     | it runs and its postStart is done |
 */
export function startOrder({ spec }: Pod): readonly Part[] {
  return [
    ...spec.initContainers.map((container) => ({ role: initRole(container), container })),
    ...spec.containers.map((container) => ({ role: 'app' as const, container })),
  ]
}

/**
 * Which containers must be gone before each one gets its SIGTERM: none for an app, all apps and the later sidecars for a
 * sidecar (the kubelet's terminationOrdering). The preStop handlers do not wait: they all start together.
 */
export function stopsAfter(pod: Pod): ReadonlyMap<string, readonly string[]> {
  const staying = startOrder(pod).filter(({ role }) => role !== 'init')
  return new Map(
    staying.map(({ role, container }, index) => [
      container.name,
      role === 'app' ? [] : staying.slice(index + 1).map((part) => part.container.name),
    ]),
  )
}

function initRole({ restartPolicy }: Container): Role {
  return restartPolicy === 'Always' ? 'sidecar' : 'init'
}
