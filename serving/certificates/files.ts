import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { CertificateSource, ServingCertificate } from './certificate.ts'
import { findPairFlaw, readCertificate } from './pem.ts'

/** An issuer such as cert-manager replaces the files long before the certificate's end. */
const rereadMs = 60_000

/**
 * A certificate from files, by whoever writes them; trust in it is the issuer's work too. Rejects where they hold none. What is
 * written later is taken once it is whole: until then, the one in use stays.
 */
export async function certificateFromFiles(
  { cert: certFile, key: keyFile, host }: { readonly cert: string; readonly key: string; readonly host: string },
  logger: Logger,
): Promise<CertificateSource> {
  const read = async (): Promise<ServingCertificate> => {
    const pair = { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') }
    const flaw = findPairFlaw(pair)
    if (flaw !== undefined) throw new TypeError(`${certFile} and ${keyFile}: ${flaw}`)
    return pair
  }
  const certificate = await read()
  let inUse = certificate
  return {
    certificate,
    async keep(apply) {
      let said: string | undefined
      const reread = async () => {
        try {
          const fresh = await read()
          if (fresh.cert !== inUse.cert || fresh.key !== inUse.key) {
            apply(fresh)
            inUse = fresh
            logger.info({ ends: endOf(fresh)?.toISOString() }, 'certificate renewed')
          }
          said = undefined
        } catch (err) {
          // Once, and again when it is something else: nobody reads what comes every minute.
          if (String(err) !== said) logger.error({ err }, 'certificate files not usable; the certificate in use stays')
          said = String(err)
        }
      }
      const timer = setInterval(reread, rereadMs)
      return () => clearInterval(timer)
    },
    expected: () => ({ host, trusted: undefined, nowMs: Date.now() }),
    expiries: () => ({ serving: endOf(inUse)?.getTime() ?? 0 }),
  }
}

const endOf = ({ cert }: ServingCertificate) => readCertificate(cert)?.validToDate
