/** A pod's UID, or any key that is safe in a log line and as a member of a JSON object; the source of a pattern. */
export const uidSource = '[A-Za-z0-9][A-Za-z0-9.-]{0,127}'

const uidPattern = new RegExp(`^${uidSource}$`)

export function isUid(value: unknown): value is string {
  return typeof value === 'string' && uidPattern.test(value)
}
