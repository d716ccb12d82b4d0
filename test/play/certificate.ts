import 'reflect-metadata' // before x509, which needs it while it is loaded
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

export interface ServerCertificate {
  /** What clients trust, the server's certificate, and its private key: all PEM. */
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 24 * 60 * 60 * 1000

/** A certificate for one run, for a server at `ip`, signed by a CA whose key is forgotten at once. */
export async function createCertificate(ip: string, now: Date): Promise<ServerCertificate> {
  const caKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const validity = { notBefore: new Date(now.getTime() - dayMs), notAfter: new Date(now.getTime() + dayMs) }
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=play',
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
    ...validity,
  })
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${ip}`,
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: ip }])],
    ...validity,
  })
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    ca: ca.toString('pem'),
    certificate: certificate.toString('pem'),
    key: PemConverter.encode(key, 'PRIVATE KEY'),
  }
}
