import { isKeyOfOurs, annotations as known } from '../policy/annotations.ts'
import { isForWindows, mirrorAnnotation } from '../policy/exemption.ts'
import { isRecord, isText, parseJson, recordsIn } from '../policy/json.ts'
import { agent } from '../policy/lxcfs/files.ts'
import { containerNames, statusAnnotation } from '../policy/names.ts'
import { isReason, type Reason, reasons } from '../policy/reasons.ts'
import type { PodHead } from '../policy/schema/pod.ts'
import { heldSinceMs, timeOf } from '../serving/managed-fields.ts'
import { textsOf } from '../serving/policies/namespace.ts'

/** What is kept of a pod of the cluster. */
export interface PodFacts {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  /** resourceVersion. */
  readonly version: string
  /** Milliseconds since the epoch, in whole seconds: the API server tells no more. */
  readonly createdMs: number
  /** What decides whether it is for Greenroom: its labels, and of its annotations those that count. */
  readonly head: PodHead
  /**
   * The labels, and `greenroom.dev/inject`, that it was not created with, by key: when they were written, in milliseconds since the epoch; null:
   * nobody knows. An operator writes on the pods that its StatefulSet has made which of them leads.
   */
  readonly laterMs: Readonly<Record<string, number | null>>
  readonly owner: Owner | undefined
  /** It has the sidecar. */
  readonly isInjected: boolean
  readonly recorded: Recorded | undefined
  /** Since when it has been Ready without a break; undefined: it is not. */
  readonly readyMs: number | undefined
  /** It is being deleted, or its containers have ended for good. */
  readonly end: 'deleting' | 'ended' | undefined
  /** Of the agent of lxcfs alone: the node that it serves. */
  readonly agentNode?: string
}

/** The controller that makes another pod in its place. */
export interface Owner {
  readonly kind: string
  readonly uid: string
}

/** What the webhook wrote down about it. */
export interface Recorded {
  readonly decision: 'inject' | 'skip'
  readonly reason: string
  readonly policy: string | undefined
  readonly problem: Problem | undefined
}

export interface Problem {
  readonly reason: Reason
  readonly message: string
}

/** null where the object is no pod. Takes the API server's JSON as well as what its client makes of it. */
export function parsePodFacts(object: unknown): PodFacts | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null
  const { uid, namespace, name, resourceVersion: version, deletionTimestamp } = object.metadata
  const createdMs = timeOf(object.metadata.creationTimestamp)
  if (!isText(uid) || !isText(namespace) || !isText(name) || !isText(version) || createdMs === undefined) return null
  const spec = isRecord(object.spec) ? object.spec : {}
  const status = isRecord(object.status) ? object.status : {}
  const annotations = textsOf(object.metadata.annotations)
  const labels = textsOf(object.metadata.labels)
  return {
    uid,
    namespace,
    name,
    version,
    createdMs,
    head: {
      metadata: { labels, annotations: pick(annotations, counts) },
      spec: readSpec(spec),
    },
    laterMs: readLater(object.metadata, { labels, annotations: pick(annotations, asks) }, createdMs),
    owner: readOwner(object.metadata.ownerReferences),
    isInjected: recordsIn(spec.initContainers).some((container) => container.name === containerNames.sidecar),
    recorded: readRecorded(annotations[statusAnnotation]),
    readyMs: readReady(status.conditions),
    end: deletionTimestamp ? 'deleting' : hasEnded(status.phase) ? 'ended' : undefined,
    ...(isAgent(namespace, labels) && isText(spec.nodeName) && { agentNode: spec.nodeName }),
  }
}

/** Whoever may create pods elsewhere has no say in what nodes are called. */
const isAgent = (namespace: string, labels: Readonly<Record<string, string>>) =>
  namespace === agent.namespace && labels[agent.label] === agent.value

/** What the webhook wrote is read at once, and not kept. */
const counts = (key: string) => isKeyOfOurs(key) || key === mirrorAnnotation

const pick = (texts: Readonly<Record<string, string>>, isWanted: (key: string) => boolean) =>
  Object.fromEntries(Object.entries(texts).filter(([key]) => isWanted(key)))

const asks = (key: string) => key === known.inject.key

/** What an annotation says counts more than a label of the same key, so it comes last. */
function readLater(
  metadata: unknown,
  texts: Readonly<Record<'labels' | 'annotations', Readonly<Record<string, string>>>>,
  createdMs: number,
): PodFacts['laterMs'] {
  // Whoever creates a pod and writes on it again has one entry for both, and of the later time.
  const isCreationKept = (heldSinceMs(metadata, []) ?? Number.POSITIVE_INFINITY) <= createdMs
  const later = (['labels', 'annotations'] as const).flatMap((kind) =>
    Object.keys(texts[kind]).flatMap((key) => {
      const sinceMs = heldSinceMs(metadata, ['metadata', kind, key])
      return sinceMs !== undefined && sinceMs <= createdMs
        ? []
        : [[key, isCreationKept ? (sinceMs ?? null) : null] as const]
    }),
  )
  // Nearly all pods keep what they were created with.
  return later.length > 0 ? Object.fromEntries(later) : nothing
}

const nothing: PodFacts['laterMs'] = {}

const hasEnded = (phase: unknown) => phase === 'Succeeded' || phase === 'Failed'

/** An absent member costs nothing in ten thousand pods. */
function readSpec(spec: Readonly<Record<string, unknown>>): PodHead['spec'] {
  const [isOfHost, isWindows] = [spec.hostNetwork === true, isForWindows(spec)]
  if (!isOfHost && !isWindows) return ordinary
  return { hostNetwork: isOfHost, ...(isWindows && { os: { name: 'windows' } }) }
}

const ordinary: PodHead['spec'] = {}

function readOwner(references: unknown): Owner | undefined {
  const controller = recordsIn(references).find((each) => each.controller === true)
  return controller && isText(controller.kind) && isText(controller.uid)
    ? { kind: controller.kind, uid: controller.uid }
    : undefined
}

function readReady(conditions: unknown): number | undefined {
  const ready = recordsIn(conditions).find(({ type }) => type === 'Ready')
  return ready?.status === 'True' ? timeOf(ready.lastTransitionTime) : undefined
}

/** undefined where nothing is recorded, or what nobody of ours has written. */
export function readRecorded(text: string | undefined): Recorded | undefined {
  const status = text === undefined ? undefined : parseJson(text)
  if (!isRecord(status)) return undefined
  const { decision, reason, policy, problems } = status
  if ((decision !== 'inject' && decision !== 'skip') || !isText(reason)) return undefined
  const messages = Array.isArray(problems) ? problems.filter(isText) : []
  return { decision, reason, policy: isText(policy) ? policy : undefined, problem: readProblem(reason, messages) }
}

/** The first that cost the pod something; warnings do not count. */
function readProblem(reason: string, messages: readonly string[]): Problem | undefined {
  for (const message of messages) {
    const code = /^[A-Za-z]+(?=: )/.exec(message)?.[0]
    if (code !== undefined && isGrave(code)) return { reason: code, message: shorten(message.slice(code.length + 2)) }
  }
  return isGrave(reason) ? { reason, message: reasons[reason].sentence } : undefined
}

const isGrave = (code: string): code is Reason =>
  isReason(code) && (reasons[code].outcome === 'refuse' || reasons[code].outcome === 'fallback')

/** Whole sentences matter more than the end of a long value. */
const longestMessage = 300
const shorten = (text: string) => (text.length > longestMessage ? `${text.slice(0, longestMessage - 1)}…` : text)
