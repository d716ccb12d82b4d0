import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Operation } from 'fast-json-patch'
import { z } from 'zod'

const answerLimitMs = 10_000

const operation = z.custom<Operation>(
  (value) => z.object({ op: z.string(), path: z.string() }).safeParse(value).success,
)

const answer = z.object({
  response: z.object({
    uid: z.string(),
    allowed: z.boolean(),
    status: z.object({ message: z.string().default('') }).optional(),
    warnings: z.array(z.string()).default([]),
    patch: z.base64().optional(),
  }),
})

export interface Admission {
  readonly operations: readonly Operation[]
  readonly warnings: readonly string[]
  readonly tookMs: number
}

/** A pod as it stands in a file, with all its fields, known here or not, so that the webhook gets all of it. */
export interface RawPod {
  readonly metadata: { readonly name: string; readonly namespace: string }
}

const rawPod = z.custom<RawPod>(
  (value) => z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) }).safeParse(value).success,
  { error: 'expected a pod with a name and a namespace' },
)

export function parseRawPod(value: unknown): RawPod {
  return rawPod.parse(value)
}

/** Asks the webhook at `url` about a new pod, as the API server does. Throws where it does not admit the pod. */
export async function admit(url: URL, ca: string, pod: RawPod): Promise<Admission> {
  const began = performance.now()
  const uid = crypto.randomUUID()
  const asked = request(url, {
    method: 'POST',
    ca,
    headers: { 'Content-Type': 'application/json' },
    agent: false,
    signal: AbortSignal.timeout(answerLimitMs),
  })
  asked.end(JSON.stringify(review(uid, pod)))
  const [received]: IncomingMessage[] = await once(asked, 'response')
  const body = received ? await text(received) : ''
  const tookMs = performance.now() - began
  if (received?.statusCode !== 200) throw new Error(`The webhook answered ${received?.statusCode}: ${body.trim()}`)

  const { response } = answer.parse(JSON.parse(body))
  if (response.uid !== uid) throw new Error(`The webhook answered another review: ${response.uid} instead of ${uid}.`)
  if (!response.allowed) throw new Error(`The webhook did not admit the pod: ${response.status?.message}`)
  const patch: unknown = response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : []
  return { operations: z.array(operation).parse(patch), warnings: response.warnings, tookMs }
}

function review(uid: string, pod: RawPod) {
  const { name, namespace } = pod.metadata
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name,
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'play', groups: ['system:authenticated'] },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    },
  }
}
