/** How the statuses of an answer to a grant's request are read; what is in no list is read as `unavailable`. */
export interface GrantStatuses {
  readonly granted: readonly number[]
  readonly queued: readonly number[]
  readonly throttled: readonly number[]
  readonly refused: readonly number[]
}

/** The same for a grant that is taken back. */
export interface RevokeStatuses {
  readonly revoked: readonly number[]
  readonly refused: readonly number[]
}

/** Our own contract's; what else it takes for refused is a rule (authorization/answer.ts). */
export const contractStatuses = { granted: [200, 201], queued: [202], throttled: [429] } as const

/** Of an API of somebody else, where its policy does not say otherwise. */
export const usualGrantStatuses = {
  ...contractStatuses,
  granted: [...contractStatuses.granted, 204],
  refused: [400, 401, 403, 404, 409, 422],
} as const satisfies GrantStatuses

export const usualRevokeStatuses = {
  revoked: [200, 202, 204, 404],
  refused: [400, 401, 403, 409],
} as const satisfies RevokeStatuses

/** A status that two lists have, which would be read as whatever is looked for first. */
export const ambiguousStatus = (lists: Readonly<Record<string, readonly number[]>>): number | undefined => {
  const all = Object.values(lists).flatMap((list) => [...new Set(list)])
  return all.find((status, index) => all.indexOf(status) !== index)
}
