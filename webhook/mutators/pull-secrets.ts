import { add } from '../patch.ts'
import type { Mutator } from './context.ts'

/** Kubernetes gives the pod those of its service account only where it names none, and has done so before anybody is asked. */
export const addPullSecrets: Mutator = ({ pod: { spec }, policy }) => {
  const present = spec.imagePullSecrets ?? []
  const missing = [...new Set(policy.imagePullSecrets)].filter((name) => !present.some((each) => each.name === name))
  const parent = spec.imagePullSecrets || missing.length === 0 ? [] : [add('/spec/imagePullSecrets', [])]
  return [...parent, ...missing.map((name) => add('/spec/imagePullSecrets/-', { name }))]
}
