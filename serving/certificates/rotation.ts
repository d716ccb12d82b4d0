import type { ServingCertificate } from './certificate.ts'
import { backdateMs, knownMs, type Lives, renewAt } from './lives.ts'

/** An authority's certificate and key, and when it was made and ends: milliseconds since the epoch. */
export interface AuthorityCertificate extends ServingCertificate {
  readonly createdMs: number
  readonly endsMs: number
}

/** What all replicas share. */
export interface Authority {
  /** By which certificates of servers are issued. */
  readonly signing: AuthorityCertificate
  /** Trusted already, so that it can sign later. */
  readonly next: AuthorityCertificate | undefined
  /** Trusted still: certificates in PEM, the oldest first. */
  readonly retired: readonly string[]
  /** When the last of them came to be one. Undefined, they stay: somebody took the time out of the Secret. */
  readonly retiredAtMs: number | undefined
  /** An administrator wants the next one as soon as that can be. */
  readonly isRotationRequested: boolean
}

/** What one replica knows by its own eyes. */
export interface Observation {
  readonly nowMs: number
  /** Since when, without a gap, it has seen the next one in everything that tells whom to trust. */
  readonly nextTrustedForMs: number
  /** So long a change takes at most to reach everybody who trusts by it. */
  readonly settleMs: number
  /** The authority of the certificate that it serves, in PEM; undefined at its start. */
  readonly servedBy: string | undefined
}

/** Every certificate that clients are to trust, in the order in which they came. */
export const trustedOf = ({ retired, signing, next }: Authority): readonly string[] => [
  ...retired,
  signing.cert,
  ...(next ? [next.cert] : []),
]

/**
 * What is to be done to the authority now. A step is one write of the Secret; whoever comes too late looks again.
 *
 * | step       | when                                                                                             |
 * |------------|--------------------------------------------------------------------------------------------------|
 * | `adopt`    | somebody replaced the Secret, and a certificate that is served is of an authority that is not in it |
 * | `forget`   | the last certificate by a retired one has ended, on every replica                                  |
 * | `announce` | the signing one is old, or is to be replaced, and no next one is there that could                  |
 * | `promote`  | the next one has been trusted for long enough, and this replica has seen that itself               |
 */
export function decide(authority: Authority, seen: Observation, lives: Lives): Step {
  const { signing, next, retired, retiredAtMs, isRotationRequested } = authority
  const { nowMs, nextTrustedForMs, settleMs, servedBy } = seen
  if (servedBy !== undefined && !trustedOf(authority).includes(servedBy)) return 'adopt'
  if (retired.length > 0 && retiredAtMs !== undefined && nowMs >= retiredAtMs + overlapOf(lives)) return 'forget'
  const isHasty = isRotationRequested || !isUsable(signing, nowMs, lives)
  if (!next) return isHasty || nowMs >= dueOf(signing, lives) ? 'announce' : 'keep'
  // Made by a clock that was wrong, or so long ago that nobody was there to take it.
  if (!isUsable(next, nowMs, lives)) return 'announce'
  if (nextTrustedForMs < settleMs) return 'keep'
  return isHasty || nowMs >= next.createdMs + lives.trustFirstMs ? 'promote' : 'keep'
}

export type Step = 'keep' | 'adopt' | 'forget' | 'announce' | 'promote'

/** A replica's last certificate is issued while it still knows the Secret, and then lives its life. */
export const overlapOf = ({ leafMs }: Lives): number => knownMs + leafMs

/** Also of an authority that somebody else made, with another life. */
const dueOf = ({ createdMs, endsMs }: AuthorityCertificate, { dueMs }: Lives): number =>
  createdMs + Math.min(dueMs, (endsMs - createdMs) * renewAt)

const isUsable = ({ createdMs, endsMs }: AuthorityCertificate, nowMs: number, { leafMs }: Lives): boolean =>
  createdMs - backdateMs <= nowMs && nowMs + leafMs <= endsMs

export const announce = (authority: Authority, next: AuthorityCertificate): Authority => ({ ...authority, next })

/** Without a next one there is nothing to do. */
export function promote(authority: Authority, nowMs: number): Authority {
  const { next, retired, signing } = authority
  if (!next) return authority
  const retiredNow = [...retired, signing.cert]
  return { signing: next, next: undefined, retired: retiredNow, retiredAtMs: nowMs, isRotationRequested: false }
}

export const forget = (authority: Authority): Authority => ({ ...authority, retired: [], retiredAtMs: undefined })

/** Trusts these too, for as long as a certificate of theirs may live. */
export function adopt(authority: Authority, certs: readonly string[], nowMs: number): Authority {
  const unknown = certs.filter((cert) => !trustedOf(authority).includes(cert))
  if (unknown.length === 0) return authority
  return { ...authority, retired: [...authority.retired, ...unknown], retiredAtMs: nowMs }
}

/** The only authority there is. */
export const startWith = (signing: AuthorityCertificate): Authority => ({
  signing,
  next: undefined,
  retired: [],
  retiredAtMs: undefined,
  isRotationRequested: false,
})
