import 'reflect-metadata' // @peculiar/x509 needs it before itself.
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import type { ServingCertificate } from './certificate.ts'
import { backdateMs, leafMs, yearly } from './lives.ts'
import { readCertificate } from './pem.ts'
import type { AuthorityCertificate } from './rotation.ts'

/** P-256: what every TLS client knows, and drawn in milliseconds. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

x509.cryptoProvider.set(webcrypto)

/** A new certificate authority: a self-signed certificate and its key. A year, unless told otherwise. */
export async function createAuthority(
  name: string,
  now: Date,
  lifeMs = yearly.authorityMs,
): Promise<AuthorityCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: drawSerial(),
    name: `CN=${name}`,
    ...validity(now.getTime(), now.getTime() + lifeMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return datedAuthority({ cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) })
}

/** An authority with its dates, as they are in its certificate. Throws where that is none. */
export function datedAuthority({ cert, key }: ServingCertificate): AuthorityCertificate {
  const certificate = readCertificate(cert)
  if (!certificate) throw new TypeError('expected a certificate in PEM')
  const { validFromDate, validToDate } = certificate
  return { cert, key, createdMs: validFromDate.getTime() + backdateMs, endsMs: validToDate.getTime() }
}

/** A server's certificate for some DNS names and IP addresses, signed by the authority, which it never outlives. */
export async function issueLeaf(
  authority: AuthorityCertificate,
  hosts: readonly string[],
  now: Date,
  lifeMs = leafMs,
): Promise<ServingCertificate> {
  const issuer = new x509.X509Certificate(authority.cert)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: drawSerial(),
    subject: `CN=${hosts[0]}`,
    issuer: issuer.subject,
    ...validity(now.getTime(), Math.min(now.getTime() + lifeMs, authority.endsMs)),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // Go's clients read the names from here and nowhere else.
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** One that is over before it begins is none; an authority that has ended can still be seen to have. */
const validity = (nowMs: number, endMs: number) => ({
  notBefore: new Date(Math.min(nowMs, endMs) - backdateMs),
  notAfter: new Date(endMs),
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
