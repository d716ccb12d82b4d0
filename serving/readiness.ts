import type { X509Certificate } from 'node:crypto'
import type { Logger } from 'pino'
import type { Expectation } from './certificates/certificate.ts'
import { findFlaw } from './certificates/flaw.ts'

export interface ReadinessParts {
  /** Whether it has begun, and has not begun to leave. */
  readonly isServing: () => boolean
  /** Calls the server as its clients do; resolves to the certificate that it shows. */
  readonly callSelf: () => Promise<X509Certificate>
  readonly expected: () => Expectation
  readonly steadyMs: () => number
  readonly logger: Logger
}

/** An answer is good for so long before the next call is made beside it … */
const freshMs = 5_000
/** … and for so long in all: where nobody has asked for a while, it is waited for. */
const staleMs = 30_000

/**
 * Why the server is not ready; undefined: it is. Where it serves, that is for a call to itself to say. A probe is answered with
 * what the last call came to, for a server that is busy must not lose its traffic over a call of its own.
 */
export function createReadiness({ isServing, callSelf, expected, steadyMs, logger }: ReadinessParts) {
  let verdict: { readonly reason: string | undefined; readonly atMs: number } | undefined
  let calling: Promise<string | undefined> | undefined

  async function call(): Promise<string | undefined> {
    const reason = await callSelf().then((served) => findFlaw(served, expected()), unanswered)
    if (reason !== verdict?.reason) {
      if (reason === undefined) logger.info('the certificate is right again')
      else logger.error({ reason }, 'not ready')
    }
    verdict = { reason, atMs: steadyMs() }
    calling = undefined
    return reason
  }

  return async (): Promise<string | undefined> => {
    if (!isServing()) return 'not ready'
    const ageMs = verdict ? steadyMs() - verdict.atMs : staleMs
    if (ageMs >= freshMs) calling ??= call()
    return verdict && ageMs < staleMs ? verdict.reason : calling
  }
}

const unanswered = (error: unknown) =>
  `a call to itself failed: ${error instanceof Error ? error.message : String(error)}`
