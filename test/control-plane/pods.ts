import { type PodFacts, parsePodFacts } from '../../control-plane/pod-facts.ts'

/** What a test says of a pod; the rest is that of an ordinary one. */
export interface PodSketch {
  readonly name?: string
  readonly uid?: string
  readonly namespace?: string
  readonly createdMs?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** Of its labels and annotations those that were written later, by key: when. The others it was created with. */
  readonly laterMs?: Readonly<Record<string, number>>
  /** false: nobody has kept whose what is. */
  readonly isManaged?: boolean
  readonly owner?: { readonly kind: string; readonly uid: string }
  readonly spec?: object
  readonly isInjected?: boolean
  readonly isReady?: boolean
  readonly readyMs?: number
  readonly isDeleting?: boolean
  readonly phase?: string
}

export const second = 1_000
export const at = Date.UTC(2026, 0, 1)
const iso = (ms: number) => new Date(ms).toISOString().replace('.000', '')

/** A pod as the API server has it. */
export function podObject({
  name = 'orders-1',
  uid = `uid-${name}`,
  namespace = 'shop',
  createdMs = at,
  labels = { app: 'orders' },
  annotations = {},
  laterMs = {},
  isManaged = true,
  owner,
  spec = {},
  isInjected = false,
  isReady = true,
  readyMs = createdMs + second,
  isDeleting = false,
  phase = 'Running',
}: PodSketch = {}) {
  const fieldsOf = (texts: object, ms: number) =>
    Object.fromEntries(
      Object.keys(texts).flatMap((key) => ((laterMs[key] ?? createdMs) === ms ? [[`f:${key}`, {}]] : [])),
    )
  const managedFields = [...new Set([createdMs, ...Object.values(laterMs)])].map((ms) => ({
    manager: ms === createdMs ? 'kube-controller-manager' : 'operator',
    time: iso(ms),
    fieldsV1: { 'f:metadata': { 'f:labels': fieldsOf(labels, ms), 'f:annotations': fieldsOf(annotations, ms) } },
  }))
  return {
    metadata: {
      name,
      uid,
      namespace,
      resourceVersion: '1',
      creationTimestamp: iso(createdMs),
      labels,
      annotations,
      ...(isManaged && { managedFields }),
      ...(owner && { ownerReferences: [{ ...owner, name: 'orders', controller: true }] }),
      ...(isDeleting && { deletionTimestamp: iso(createdMs) }),
    },
    spec: { ...(isInjected && { initContainers: [{ name: 'greenroom' }] }), containers: [{ name: 'app' }], ...spec },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: iso(readyMs) }],
    },
  }
}

export function pod(sketch: PodSketch = {}): PodFacts {
  const facts = parsePodFacts(podObject(sketch))
  if (!facts) throw new Error('expected a pod')
  return facts
}

/** What the webhook writes on a pod. */
export const record = (decision: 'inject' | 'skip', reason: string, more: object = {}) => ({
  'greenroom.dev/status': JSON.stringify({ version: '0.1.0', decision, reason, ...more }),
})
