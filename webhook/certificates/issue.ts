import 'reflect-metadata' // @peculiar/x509 needs it before itself.
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { ServingCertificate } from './certificate.ts'

/** P-256: what every TLS client knows, and drawn in milliseconds. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

const dayMs = 24 * 60 * 60 * 1000

/** Node's clocks differ; a certificate from tomorrow is refused. */
const backdateMs = dayMs

/** Rotation comes in a later release. Until then an authority has to outlive every installation. */
const authorityMs = 3650 * dayMs

/** Short, for a leaf is never stored; long against every outage in which it could not be renewed. */
export const leafMs = 7 * dayMs

x509.cryptoProvider.set(webcrypto)

/** A new certificate authority: a self-signed certificate and its key. */
export async function createAuthority(name: string, now: Date): Promise<ServingCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: drawSerial(),
    name: `CN=${name}`,
    ...validity(now, authorityMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** A server's certificate for some DNS names, signed by the authority. */
export async function issueLeaf(
  authority: ServingCertificate,
  dnsNames: readonly string[],
  now: Date,
): Promise<ServingCertificate> {
  const issuer = new x509.X509Certificate(authority.cert)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: drawSerial(),
    subject: `CN=${dnsNames[0]}`,
    issuer: issuer.subject,
    ...validity(now, leafMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // Go's clients read the names from here and nowhere else.
      new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

const validity = (now: Date, lengthMs: number) => ({
  notBefore: new Date(now.getTime() - backdateMs),
  notAfter: new Date(now.getTime() + lengthMs),
})

/** 16 random bytes in hex, positive as RFC 5280 (4.1.2.2) wants it. */
function drawSerial(): string {
  const [first = 0, ...rest] = webcrypto.getRandomValues(new Uint8Array(16))
  return Buffer.from([(first & 0x7f) | 0x40, ...rest]).toString('hex')
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), algorithm, false, ['sign'])
}
