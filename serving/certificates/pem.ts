import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { ServingCertificate } from './certificate.ts'

/** The certificates of a bundle, each as a text of its own. */
export const splitBundle = (bundle: string): readonly string[] =>
  bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

/** Byte by byte the same for the same certificates, or replicas would write over each other for ever. */
export const joinBundle = (certs: readonly string[]): string => certs.map((cert) => cert.trim()).join('\n')

/** Undefined where the text is no certificate. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** Why the two cannot be served; undefined: they can. */
export function findPairFlaw({ cert, key }: ServingCertificate): string | undefined {
  const certificate = readCertificate(cert)
  if (!certificate) return 'the certificate is none in PEM'
  try {
    return certificate.checkPrivateKey(createPrivateKey(key)) ? undefined : 'the private key is of another certificate'
  } catch {
    return 'the private key is none in PEM'
  }
}
