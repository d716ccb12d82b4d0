import type { Logger } from 'pino'
import type { AuthoritySecret, StoredAuthority } from './authority-secret.ts'
import type { ServerClock } from './clock.ts'
import type { Lives } from './lives.ts'
import { readCertificate, splitBundle } from './pem.ts'
import * as rotation from './rotation.ts'

type Authority = rotation.Authority

export interface AgreementParts {
  readonly secret: AuthoritySecret
  readonly lives: Lives
  readonly settleMs: number
  /** Makes an authority. */
  readonly draw: (nowMs: number) => Promise<rotation.AuthorityCertificate>
  readonly clock: ServerClock
  readonly logger: Logger
}

/** What a replica brings along. */
export interface Knowledge {
  /** What clients are told now: bundles. */
  readonly shown: readonly string[]
  /** What it went by until now, and by whose certificate it serves; undefined at its start. */
  readonly memory: Authority | undefined
  readonly servedBy: string | undefined
  readonly trustedForMs: (cert: string) => number
}

/** More replicas than these do not lose against each other in one moment. */
const mostRaces = 10

/**
 * What all replicas go by: what is in the Secret, after the step, if any, that this one took. Each tries, and one write succeeds;
 * the others read what that one wrote. Rejects where the Secret cannot be read, or its content is none.
 */
export function createAgreement({ secret, lives, settleMs, draw, clock, logger }: AgreementParts) {
  async function agree(knowledge: Knowledge): Promise<Authority> {
    for (let nth = 0; nth < mostRaces; nth += 1) {
      const { stored, nowMs } = await secret.read()
      clock.set(nowMs)
      const step = stored ? await stepFrom(stored, knowledge) : await createFrom(knowledge)
      if (stored && !step) return stored.authority
      const written = step && (await secret.write(stored, step.authority))
      if (!written) continue
      const { signing, next, retired } = written.authority
      const fields = { step: step.name, ends: dateOf(signing), next: next && dateOf(next), retired: retired.length }
      logger.info(fields, 'the certificate authority is another')
      return written.authority
    }
    throw new Error('others write the Secret of the authority again and again')
  }

  async function stepFrom({ authority, isComplete }: StoredAuthority, { servedBy, trustedForMs }: Knowledge) {
    const nowMs = clock.nowMs()
    const nextTrustedForMs = authority.next ? trustedForMs(authority.next.cert) : 0
    const name = rotation.decide(authority, { nowMs, nextTrustedForMs, settleMs, servedBy }, lives)
    switch (name) {
      case 'keep':
        return isComplete ? undefined : { name: 'complete', authority }
      case 'adopt':
        return { name, authority: rotation.adopt(authority, servedBy === undefined ? [] : [servedBy], nowMs) }
      case 'announce':
        return { name, authority: rotation.announce(authority, await draw(nowMs)) }
      case 'promote':
        return { name, authority: rotation.promote(authority, nowMs) }
      case 'forget':
        return { name, authority: rotation.forget(authority) }
      default:
        return name satisfies never
    }
  }

  /** Where it was deleted, nothing that is served loses its trust; but what somebody threw away is replaced. */
  async function createFrom({ shown, memory }: Knowledge) {
    const nowMs = clock.nowMs()
    const authority = memory
      ? { ...memory, next: memory.next ?? (await draw(nowMs)), isRotationRequested: true }
      : rotation.startWith(await draw(nowMs))
    return {
      name: 'create',
      authority: rotation.adopt(authority, shown.flatMap(splitBundle).filter(isReadable), nowMs),
    }
  }

  return agree
}

const isReadable = (pem: string) => readCertificate(pem) !== undefined

const dateOf = ({ endsMs }: rotation.AuthorityCertificate) => new Date(endsMs).toISOString()
