import type { RawPod } from '../../policy/schema/pod.ts'
import { add, type Operation, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'

/**
 * The objects and lists that later operations add to. They come first, and everything else is then added to them: two
 * mutators that each made the parent would overwrite each other, and an operation without a parent fails the pod.
 */
export const addParents: Mutator = ({ pod, injection: { app, lxcfs } }) => {
  const { metadata, spec } = pod
  const mounting = lxcfs.placements.filter(({ container }) => container !== app.container)
  const container = pointer('spec', 'containers', app.index)
  return [
    ...addAnnotations(pod),
    ...addParent('/metadata/labels', metadata.labels, {}),
    ...addParent('/spec/volumes', spec.volumes, []),
    ...addParent('/spec/initContainers', spec.initContainers, []),
    ...addParent(`${container}/volumeMounts`, app.container.volumeMounts, []),
    ...addParent(`${container}/lifecycle`, app.container.lifecycle, {}),
    ...mounting.flatMap(({ list, index, container: { volumeMounts } }) =>
      addParent(pointer('spec', list, index, 'volumeMounts'), volumeMounts, []),
    ),
    ...(lxcfs.files.length > 0 ? addParent('/spec/nodeSelector', spec.nodeSelector, {}) : []),
  ]
}

/** The only parent that a pod needs which is not injected. */
export const addAnnotations = ({ metadata }: RawPod): readonly Operation[] =>
  addParent('/metadata/annotations', metadata.annotations, {})

/** An empty collection where there is none; `add` also replaces null. */
function addParent(path: string, present: unknown, empty: object): Operation[] {
  return present ? [] : [add(path, empty)]
}
