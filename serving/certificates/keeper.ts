import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type AgreementParts, createAgreement } from './agreement.ts'
import type { ServingCertificate } from './certificate.ts'
import { type Clock, createServerClock } from './clock.ts'
import { aheadMs, knownMs, renewAt } from './lives.ts'
import { keepLooking, lookOnce } from './looking.ts'
import type { Paces } from './paces.ts'
import { joinBundle } from './pem.ts'
import { type Authority, type AuthorityCertificate, trustedOf } from './rotation.ts'
import { createSightings, isIn } from './sightings.ts'

/** Everything that tells clients whom to trust. */
export interface Trust {
  read(): Promise<Shown>
}

export interface Shown {
  /** What each place says now. */
  readonly bundles: readonly string[]
  /**
   * Has every place say this instead. Rejects where there is none, or somebody else wrote since the reading; resolves to whether
   * there was anything to write.
   */
  write(bundle: string): Promise<boolean>
}

export interface KeeperParts extends Pick<AgreementParts, 'secret' | 'lives' | 'draw'> {
  readonly trust: Trust
  readonly issue: (authority: AuthorityCertificate, nowMs: number) => Promise<ServingCertificate>
  readonly paces: Paces
  readonly clock: Clock
  readonly logger: Logger
  /** Told where clients cannot be told whom to trust. */
  readonly onUntold: (error: unknown) => void
}

/** A certificate that is served, and by whose signature. */
interface Leaf {
  readonly certificate: ServingCertificate
  readonly signer: AuthorityCertificate
  readonly issuedMs: number
  readonly endsMs: number
}

/** One replica's part in the life of the authority that all of them share, and its own certificate by it. */
export interface Keeper {
  readonly leaf: () => Leaf
  readonly authority: () => Authority
  /** The time at the API server. */
  readonly nowMs: () => number
  /** Hands over every later certificate. Resolves, once whoever calls knows whom to trust, to its undo. */
  start(apply: (certificate: ServingCertificate) => void): Promise<() => void>
  /** Looks once: what `start` does again and again. */
  look(): Promise<void>
}

/**
 * Reads the authority, or makes it, and issues a certificate by it, which is never stored. The order in all that follows: clients
 * are told whom to trust, this replica sees for a while that they are, and only then it serves by that authority.
 */
export async function openKeeper(parts: KeeperParts): Promise<Keeper> {
  const { trust, lives, paces, issue, logger, onUntold } = parts
  const clock = createServerClock(parts.clock)
  const sightings = createSightings(clock.steadyMs)
  const agree = createAgreement({ ...parts, clock, settleMs: paces.settleMs })
  let apply: (certificate: ServingCertificate) => void = () => {}
  let told: string | undefined

  const { bundles } = await trust.read()
  let authority = await agree({ shown: bundles, memory: undefined, servedBy: undefined, trustedForMs: () => 0 })
  let knownSinceMs = clock.steadyMs()
  let leaf = await issueBy(authority.signing)

  async function look(): Promise<void> {
    try {
      // Before the Secret: a write by what was true before another replica's is then refused.
      const shown = await trust.read()
      const knowledge = { shown: shown.bundles, memory: authority, servedBy: leaf.signer.cert }
      authority = await agree({ ...knowledge, trustedForMs: sightings.forMs })
      knownSinceMs = clock.steadyMs()
      const bundle = joinBundle(trustedOf(authority))
      const isWritten = await shown.write(bundle)
      if (isWritten && bundle === told) logger.warn('what tells whom to trust had lost it and has it again')
      told = bundle
      sightings.note(shown.bundles, trustedOf(authority))
    } finally {
      await renew()
    }
  }

  async function renew(): Promise<void> {
    const { signing } = authority
    const signer = sightings.forMs(signing.cert) >= paces.settleMs ? signing : leaf.signer
    const nowMs = clock.nowMs()
    // Also one of a clock that was ahead, which nobody takes before its time.
    const isDue = nowMs >= leaf.issuedMs + (leaf.endsMs - leaf.issuedMs) * renewAt || nowMs < leaf.issuedMs - aheadMs
    if (signer.cert === leaf.signer.cert && !isDue) return
    // What it knows may have been retired.
    if (clock.steadyMs() - knownSinceMs > knownMs) return
    const fresh = await issueBy(signer)
    apply(fresh.certificate)
    leaf = fresh
    logger.info({ ends: new Date(leaf.endsMs).toISOString() }, 'certificate renewed')
  }

  async function issueBy(signer: AuthorityCertificate): Promise<Leaf> {
    const issuedMs = clock.nowMs()
    const endsMs = Math.min(issuedMs + lives.leafMs, signer.endsMs)
    return { certificate: await issue(signer, issuedMs), signer, issuedMs, endsMs }
  }

  function pauseMs(): number {
    const isUnderWay = authority.isRotationRequested || leaf.signer.cert !== authority.signing.cert
    return isUnderWay ? paces.underWayMs : paces.lookMs
  }

  async function start(applyFresh: typeof apply): Promise<() => void> {
    apply = applyFresh
    const looking = { look, pauseMs, paces, onError: onUntold }
    await lookOnce(looking)
    if (!isIn(bundles, leaf.signer.cert)) await sleep(paces.firstSettleMs)
    return keepLooking(looking)
  }

  return { leaf: () => leaf, authority: () => authority, nowMs: clock.nowMs, start, look }
}
