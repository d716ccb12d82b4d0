import { bearer, volumeName } from '../../policy/names.ts'
import { tokenVolume } from '../../policy/token-volume.ts'
import { add } from '../patch.ts'
import type { Mutator } from './context.ts'

/** No sizeLimit: the kubelet evicts a pod on overflow, and what grows in the volume is bounded by its writers. */
const volume = { name: volumeName, emptyDir: {} }

export const addVolume: Mutator = ({ pod: { spec } }) =>
  spec.volumes?.some(({ name }) => name === volumeName) ? [] : [add('/spec/volumes/-', volume)]

/** Only where a pod has something to authorize, at a service that wants to see a token. */
export const addTokenVolume: Mutator = ({ pod: { spec }, injection: { settings }, policy }) => {
  const { token } = policy.authorization
  if (!settings.authorization?.token || !token) return []
  return spec.volumes?.some(({ name }) => name === bearer.volumeName)
    ? []
    : [add('/spec/volumes/-', tokenVolume(token))]
}
