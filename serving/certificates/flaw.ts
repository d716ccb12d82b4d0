import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { Expectation } from './certificate.ts'
import { readCertificate } from './pem.ts'

/**
 * Why a client would refuse this certificate of a server; undefined: it would not. The same that a TLS library looks at, but by
 * the clock of the expectation: what counts is the time at the client.
 */
export function findFlaw(served: X509Certificate, { host, trusted, nowMs }: Expectation): string | undefined {
  if (nowMs < served.validFromDate.getTime()) return `the certificate is not valid before ${served.validFrom}`
  if (nowMs > served.validToDate.getTime()) return `the certificate expired at ${served.validTo}`
  const isOfHost = isIP(host) === 0 ? served.checkHost(host) : served.checkIP(host)
  if (!isOfHost) return `the certificate is not for ${host}, but for ${served.subjectAltName ?? 'no name at all'}`
  if (trusted && !trusted.some((pem) => isIssuedBy(served, pem, nowMs)))
    return 'the certificate is of no authority that clients are told to trust'
  return undefined
}

function isIssuedBy(served: X509Certificate, pem: string, nowMs: number): boolean {
  const issuer = readCertificate(pem)
  if (!issuer || nowMs < issuer.validFromDate.getTime() || nowMs > issuer.validToDate.getTime()) return false
  return served.checkIssued(issuer) && served.verify(issuer.publicKey)
}
