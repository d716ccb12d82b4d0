import jsonPatch from 'fast-json-patch'
import { noCluster } from '../../../policy/lxcfs/surroundings.ts'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import { podSchema, type RawPod } from '../../../policy/schema/pod.ts'
import { admit } from '../../../webhook/admit.ts'

/** One pass of the webhook over a pod: what it does, and what becomes of the pod. */
export function pass(pod: object, token = 'token', policy = defaultPolicy, lxcfs = noCluster) {
  const setup = { policy, lxcfs, image: 'greenroom', version: '0', namespace: 'ours', drawToken: () => token }
  const { decision, operations } = admit(podSchema.parse(pod), 'shop', setup)
  const result: RawPod = jsonPatch.applyPatch(structuredClone(pod), JSON.parse(JSON.stringify(operations)))
    .newDocument as RawPod
  return { decision, operations, pod: result }
}
