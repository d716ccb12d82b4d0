import type { Operation as PatchOperation } from 'fast-json-patch'
import jsonPatch from 'fast-json-patch'
import type { Webhook } from './webhook.ts'

/** An answer of the webhook, with its patch decoded. */
export interface Answer {
  readonly allowed: boolean
  readonly operations: readonly PatchOperation[]
  readonly warnings: readonly string[]
  /** Why not, where it is not allowed. */
  readonly message: string | undefined
}

/** The body of a request to `/mutate` for the creation of a pod, as an API server sends it. */
export const reviewOf = (pod: object, request: object = {}) =>
  JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'shop',
      operation: 'CREATE',
      dryRun: false,
      object: pod,
      ...request,
    },
  })

/** Has a pod reviewed by the running webhook. */
export async function review(webhook: Webhook, pod: object, namespace = 'shop'): Promise<Answer> {
  const { status, text } = await webhook.send('POST', '/mutate', reviewOf(pod, { namespace }))
  if (status !== 200) throw new Error(`the webhook answered ${status}: ${text}`)
  const { response } = JSON.parse(text)
  return {
    allowed: response.allowed,
    operations: response.patch === undefined ? [] : JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')),
    warnings: response.warnings ?? [],
    message: response.status?.message,
  }
}

/** The pod after a patch, applied by fast-json-patch, which is strict about parents and indexes as the API server is. */
export function applied<Pod extends object>(pod: Pod, operations: readonly PatchOperation[]): Pod {
  return jsonPatch.applyPatch(pod, operations, true, false).newDocument
}
