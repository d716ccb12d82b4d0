import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { CertificateSource, ServingCertificate } from './certificate.ts'

/** An issuer such as cert-manager replaces the files long before the certificate's end. */
const rereadMs = 60_000

/** A certificate from files, by whoever writes them; trust in it is the issuer's work too. */
export async function certificateFromFiles(
  certFile: string,
  keyFile: string,
  logger: Logger,
): Promise<CertificateSource> {
  const read = async (): Promise<ServingCertificate> => ({
    cert: await readFile(certFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  })
  return {
    certificate: await read(),
    publish: async () => () => {},
    keepFresh(apply) {
      // A half-written pair fails to apply; the one in use stays until the next round.
      const reread = () =>
        read()
          .then(apply)
          .catch((err) => logger.warn({ err }, 'certificate files not usable'))
      const timer = setInterval(reread, rereadMs)
      return () => clearInterval(timer)
    },
  }
}
