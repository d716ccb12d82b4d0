import { volumeName } from '../../policy/names.ts'
import { add } from '../patch.ts'
import type { Mutator } from './context.ts'

/** No sizeLimit: the kubelet evicts a pod on overflow, and what grows in the volume is bounded by its writers. */
const volume = { name: volumeName, emptyDir: {} }

export const addVolume: Mutator = ({ pod: { spec } }) =>
  spec.volumes?.some(({ name }) => name === volumeName) ? [] : [add('/spec/volumes/-', volume)]
