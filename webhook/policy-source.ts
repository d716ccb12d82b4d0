import type { Labels } from '../policy/label-selector.ts'
import { noCluster } from '../policy/lxcfs/surroundings.ts'
import type { ChosenPolicy } from '../serving/policies/cluster.ts'
import { readPolicyFile } from '../serving/policies/policy-file.ts'
import type { FindSurroundings } from './surroundings.ts'

/** Where the policies come from. */
export interface PolicySource {
  /** Of a pod with these labels. The same object for the same policy. */
  readonly find: (labels: Labels, namespace: string) => ChosenPolicy | Promise<ChosenPolicy>
  /** Of a namespace's pods. The same object as long as nothing of it changes. */
  readonly surroundings: FindSurroundings
  /** Has the API server send the pods that policies inject by themselves; resolves, once it does, to its undo. */
  readonly register: () => Promise<() => void>
}

/** One policy for all pods, or the defaults where there is no file. Throws `PolicyMalformed`. */
export async function policyFromFile(file: string | undefined): Promise<PolicySource> {
  const found = { policy: await readPolicyFile(file) }
  return { find: () => found, surroundings: () => noCluster, register: async () => () => {} }
}
