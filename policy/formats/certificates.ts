import { X509Certificate } from 'node:crypto'
import type { Format } from './format.ts'

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Half of what the settings of a pod may take, and far above what any authority's certificates need. */
const mostBytes = 32 * 1024

/** Certificates in PEM. Whatever else is in the text is left out, a private key above all: what is read here goes into pods. */
export const certificates: Format<string> = {
  expected: 'certificates in PEM, at most 32 KiB',
  example: '-----BEGIN CERTIFICATE-----…',
  mostBytes,
  parse(text) {
    const found = text.match(block) ?? []
    const isFit = Buffer.byteLength(text) <= mostBytes && found.length > 0 && found.every(isCertificate)
    return isFit ? `${found.join('\n')}\n` : undefined
  },
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false // That is the answer.
  }
}
