import { annotations, readAnnotation } from './annotations.ts'
import type { RawPod } from './schema/pod.ts'

/** Labels that name an application: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
const applicationLabels = ['app.kubernetes.io/name', 'app']

/** The application's name, for authorization and metrics. */
export function resolveApplication(pod: RawPod): string {
  const labelled = applicationLabels.map((label) => pod.metadata.labels?.[label]).find(Boolean)
  return readAnnotation(pod, annotations.application) ?? labelled ?? ownerOf(pod) ?? nameOf(pod)
}

/** A bare pod's own name, or what the API server will begin it with. The lookbehind spares a long run all its ends. */
const nameOf = ({ metadata }: RawPod) => metadata.name || (metadata.generateName ?? '').replace(/(?<!-)-+$/, '')

/** The controller's name; a ReplicaSet's without the hash that its Deployment appended. */
function ownerOf({ metadata }: RawPod): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)
  const hash = metadata.labels?.['pod-template-hash']
  if (owner?.kind !== 'ReplicaSet' || !hash?.length) return owner?.name
  return owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name
}
