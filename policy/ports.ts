import { GreenroomError } from './greenroom-error.ts'
import { isSidecar } from './own-parts.ts'
import { allContainers } from './pod-parts.ts'
import type { RawContainer, RawPod } from './schema/pod.ts'

/** Ports that are never ours, each with whose they are. */
export const reservedPorts = [
  { from: 0, to: 1023, owner: 'privileged programs' },
  { from: 4140, to: 4191, owner: "Linkerd's proxy" },
  { from: 15_000, to: 15_099, owner: "Istio's proxy" },
  { from: 30_000, to: 65_535, owner: 'node ports and ephemeral ports' },
] as const

export const reservedFor = (port: number): string | undefined =>
  reservedPorts.find(({ from, to }) => from <= port && port <= to)?.owner

/**
 * The first of the policy's ports that no container of the pod uses: all of them share one network namespace. A pod
 * that has the sidecar keeps its port.
 */
export function choosePort(pod: RawPod, candidates: readonly number[]): number | GreenroomError {
  const containers = allContainers(pod)
  const [kept] = containers.filter(isSidecar).flatMap(declaredPorts)
  if (kept !== undefined) return kept
  const taken = new Set(containers.flatMap(usedPorts))
  return candidates.find((port) => !taken.has(port)) ?? portTaken(candidates)
}

const declaredPorts = ({ ports }: RawContainer): readonly number[] =>
  (ports ?? []).map(({ containerPort }) => containerPort)

/** Declared ports, and those that a probe asks: declaring a port is optional, so a probe may be all that tells of it. */
function usedPorts(container: RawContainer): readonly number[] {
  const probes = [container.readinessProbe, container.startupProbe, container.livenessProbe]
  const probed = probes
    .map((probe) => (probe?.httpGet ?? probe?.tcpSocket)?.port)
    .filter((port) => typeof port === 'number')
  return [...declaredPorts(container), ...probed]
}

const portTaken = (candidates: readonly number[]) =>
  new GreenroomError('PortTaken', {
    at: 'spec.ports of the policy',
    found: candidates.join(', '),
    expected: 'one that the pod leaves free',
    fix: 'Add a port to the policy, or change the port of the container that declares it.',
  })
