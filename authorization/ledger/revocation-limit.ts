import type { AuthorizationPolicy } from '../../policy/schema/authorization-policy.ts'

/** Stops a mass of revocations that nobody asked for. */
export interface RevocationLimit {
  /** Whether one more is within what the policy lets die in one window. */
  readonly take: (granted: number, nowMs: number) => boolean
}

/**
 * A sliding window. That many pods do not die at once: more likely what tells us of them is wrong (a backup that was
 * played back, a list that is not whole), and live pods would lose their access.
 */
export function createRevocationLimit({ most, percent, per }: AuthorizationPolicy['revocations']): RevocationLimit {
  let taken: readonly number[] = []
  return {
    take(granted, nowMs) {
      taken = taken.filter((atMs) => nowMs - atMs < per)
      // Those that are taken back already were granted too when the window began.
      const bound = Math.max(most, Math.floor(((granted + taken.length) * percent) / 100))
      if (taken.length >= bound) return false
      taken = [...taken, nowMs]
      return true
    },
  }
}
