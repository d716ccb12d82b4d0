import { isRecord, recordsIn } from '../policy/json.ts'

/**
 * When something below `path` of an object was written last, in milliseconds since the epoch, as far as its managed fields tell: the last write
 * of whoever owns a field there. undefined: nobody owns one, or none of them says when. Whoever deletes a field is not among its owners any more.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function writtenMs(metadata: unknown, path: readonly string[]): number | undefined {
  const times = ownersMs(metadata, path)
  return times.length > 0 ? Math.max(...times) : undefined
}

/** Since when a field has had its value at the least: whoever changes it takes it from those who owned it. undefined as for {@link writtenMs}. */
export function heldSinceMs(metadata: unknown, path: readonly string[]): number | undefined {
  const times = ownersMs(metadata, path)
  return times.length > 0 ? Math.min(...times) : undefined
}

/** When each of those who own something below `path` has written last. */
function ownersMs(metadata: unknown, path: readonly string[]): readonly number[] {
  return recordsIn(isRecord(metadata) && metadata.managedFields)
    .filter(({ subresource, fieldsV1 }) => !subresource && owns(fieldsV1, path))
    .flatMap(({ time }) => timeOf(time) ?? [])
}

function owns(fields: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true
  const key = `f:${first}`
  return isRecord(fields) && key in fields && owns(fields[key], rest)
}

/** Milliseconds since the epoch of a time in JSON, or of what the client makes of it. */
export function timeOf(value: unknown): number | undefined {
  const ms = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
