import { kubectlWith } from './kubectl.ts'
import type { Container, Pod } from './pod.ts'

/**
 * The pod as the webhook would have it stored, to be changed and created: it then finds its own parts in it and leaves
 * them as they are.
 */
export async function injectedPod(namespace: string, pod: object): Promise<Pod> {
  const { code, output } = await kubectlWith([pod], 'create', '-n', namespace, '--dry-run=server', '-o', 'json')
  if (code !== 0) throw new Error(output)
  const answer = JSON.parse(output)
  const { metadata, spec, ...rest }: Pod = answer.items?.[0] ?? answer
  const { name, annotations = {}, labels = {} } = metadata
  return { ...rest, metadata: { name, annotations, labels }, spec } as Pod
}

export const findSidecar = ({ spec }: Pod): Container | undefined =>
  spec.initContainers?.find(({ name }) => name === 'greenroom')

export function sidecarOf(pod: Pod): Container {
  const sidecar = findSidecar(pod)
  if (!sidecar) throw new Error(`${pod.metadata.name} has no sidecar`)
  return sidecar
}
