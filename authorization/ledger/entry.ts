import { isRecord, isText, isTextList } from '../../policy/json.ts'
import { timeText } from '../../serving/time.ts'
import type { AuthorizationRequest } from '../client.ts'

/** The custom resource that an entry is stored as. */
export const ledgerResource = { group: 'greenroom.dev', version: 'v1alpha1', plural: 'authorizations' } as const

/**
 * What is owed to the authorization service for one pod: an `Authorization` object, named by the pod's UID. It is there
 * before the first call is made and goes after the last; it has neither owner nor finalizer, so no pod waits for it. The namespace is the
 * pod's; the object itself is in Greenroom's own.
 */
export interface Entry extends AuthorizationRequest {
  readonly uid: string
  readonly state: EntryState
  /** Calls that were begun; null where no status says so: a new entry, or one whose status was lost. */
  readonly calls: number | null
  readonly claim: Claim | null
  readonly condition: Condition | null
  readonly createdMs: number
  /** The object's resourceVersion, for writes that must not overtake another's. */
  readonly version: string
}

export const entryStates = ['Pending', 'Granted', 'Revoking'] as const
export type EntryState = (typeof entryStates)[number]

/** Who calls the service for this pod now, and how long nobody else does. */
export interface Claim {
  readonly by: string
  readonly untilMs: number
}

/** `type: Granted`, as Kubernetes has conditions. */
export interface Condition {
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
  readonly sinceMs: number
}

/** null where the object is none of ours; a missing status is a new entry's. */
export function parseEntry(object: unknown): Entry | null {
  if (!isRecord(object)) return null
  const { metadata, spec, status = {} } = object
  if (!isRecord(metadata) || !isRecord(spec) || !isRecord(status)) return null
  const { name: uid, resourceVersion: version, creationTimestamp } = metadata
  const { application, namespace, pod, ip, ips, resources } = spec
  if (!isText(uid) || !isText(version) || !isText(application) || !isText(namespace) || !isText(pod)) return null
  if (!isText(ip) || !isTextList(ips) || !isTextList(resources)) return null
  return {
    uid,
    application,
    namespace,
    pod,
    ip,
    ips,
    resources,
    state: entryStates.find((known) => known === status.state) ?? 'Pending',
    calls: typeof status.calls === 'number' ? status.calls : null,
    claim: parseClaim(status.claim),
    condition: parseCondition(status.conditions),
    createdMs: timeOf(creationTimestamp),
    version,
  }
}

function parseClaim(value: unknown): Claim | null {
  if (!isRecord(value) || !isText(value.by)) return null
  return { by: value.by, untilMs: timeOf(value.until) }
}

function parseCondition(value: unknown): Condition | null {
  const granted = Array.isArray(value) ? value.find((each) => isRecord(each) && each.type === conditionType) : undefined
  if (!isRecord(granted) || !isText(granted.reason)) return null
  const { reason, message, status, lastTransitionTime } = granted
  return {
    status: status === 'True' ? 'True' : 'False',
    reason,
    message: isText(message) ? message : '',
    sinceMs: timeOf(lastTransitionTime),
  }
}

/** What an API server's client made of a time: text, or a Date already. */
function timeOf(value: unknown): number {
  const ms = value instanceof Date ? value.getTime() : Date.parse(isText(value) ? value : '')
  return Number.isNaN(ms) ? 0 : ms
}

const conditionType = 'Granted'

/** The object of an entry. `status` is written by a call of its own, as for every resource with that subresource. */
export function objectOf(entry: Omit<Entry, 'version'> & { readonly version?: string }, namespace: string) {
  const { uid, application, pod, ip, ips, resources, state, calls, claim, condition, version } = entry
  return {
    apiVersion: `${ledgerResource.group}/${ledgerResource.version}`,
    kind: 'Authorization',
    metadata: { name: uid, namespace, ...(version !== undefined && { resourceVersion: version }) },
    spec: { application, namespace: entry.namespace, pod, ip, ips, resources },
    status: {
      state,
      ...(calls !== null && { calls }),
      ...(claim && { claim: { by: claim.by, until: new Date(claim.untilMs).toISOString() } }),
      ...(condition && { conditions: [conditionObject(condition)] }),
    },
  }
}

/** Kubernetes' own conditions have times in whole seconds. */
function conditionObject({ status, reason, message, sinceMs }: Condition) {
  const lastTransitionTime = timeText(sinceMs)
  return { type: conditionType, status, reason, message, lastTransitionTime }
}

/** The condition after an event; its time is that of the last change of `status`. */
export function conditionAfter(before: Condition | null, after: Omit<Condition, 'sinceMs'>, nowMs: number): Condition {
  return { ...after, sinceMs: before?.status === after.status ? before.sinceMs : nowMs }
}
