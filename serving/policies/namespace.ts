import { isRecord, isText } from '../../policy/json.ts'
import type { Labels } from '../../policy/label-selector.ts'
import { timeOf, writtenMs } from '../managed-fields.ts'

/** What is kept of a namespace. */
export interface Namespace {
  readonly name: string
  /** resourceVersion. */
  readonly version: string
  readonly labels: Labels
  readonly createdMs: number
  /** When each label was written last, by its key; milliseconds since the epoch. null: nobody knows, as of what a webhook has added. */
  readonly labelledMs: Readonly<Record<string, number | null>>
}

/** null where the object is no namespace. Takes the API server's JSON as well as what its client makes of it. */
export function parseNamespace(object: unknown): Namespace | null {
  if (!isRecord(object) || !isRecord(object.metadata)) return null
  const { name, resourceVersion, creationTimestamp } = object.metadata
  if (!isText(name) || !isText(resourceVersion)) return null
  const labels = textsOf(object.metadata.labels)
  const createdMs = timeOf(creationTimestamp) ?? 0
  const times = Object.keys(labels).map((key) => {
    const ms = key === nameLabel ? createdMs : (writtenMs(object.metadata, ['metadata', 'labels', key]) ?? null)
    return [key, ms] as const
  })
  return { name, version: resourceVersion, labels, createdMs, labelledMs: Object.fromEntries(times) }
}

/** The API server's own, which nobody can change. In old namespaces nobody owns it. */
const nameLabel = 'kubernetes.io/metadata.name'

/** What of an object's members is text. */
export const textsOf = (members: unknown): Labels =>
  Object.fromEntries(
    Object.entries(isRecord(members) ? members : {}).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value] as const] : [],
    ),
  )
