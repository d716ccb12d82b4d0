import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Logger, pino } from 'pino'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { version } from '../policy/version.ts'
import { brief } from './api-error.ts'
import type { CertificateSource } from './certificates/certificate.ts'
import { certificateFromFiles } from './certificates/files.ts'
import { createHandler } from './handler.ts'
import { createMetrics } from './metrics.ts'
import { createObserver } from './observer.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { readPolicyFile } from './policy-file.ts'
import { createRoutes } from './routes.ts'
import { createServer } from './server.ts'
import { shutDown, terminationSignal } from './shutdown.ts'

// No top-level await: the image's bundle is CommonJS.
main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof GreenroomError ? error.message : brief(error))
  process.exit(1)
})

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args)
  if (options === 'help') console.log(usage())
  else await serve(options)
}

/** The webhook's life: configured, listening, trusted, ready; then NotReady, drained, gone. */
async function serve(options: Options): Promise<void> {
  const logger = pino({ level: options.logLevel })
  const { namespace } = options
  const policy = await readPolicyFile(options.policy)
  const image = await findImage(options)
  const source = await findCertificate(options, logger)
  const { registry, count } = createMetrics()
  const setup = { policy, image, version, namespace, drawToken: () => randomBytes(18).toString('base64url') }
  const mutate = createHandler(setup, {
    observe: createObserver(logger, count),
    nowMs: () => performance.now(),
    readRelease: await findReleaseReader(options, logger),
  })
  let isReady = false
  const server = createServer(source.certificate, createRoutes({ mutate, isReady: () => isReady, registry, logger }))

  await once(server.listen(options.port), 'listening')
  logger.info({ address: server.address(), policy: options.policy, version }, 'listening')
  const stopRenewal = source.keepFresh((certificate) => server.setSecureContext(certificate))
  const stopPublishing = await source.publish()
  isReady = true
  logger.info('ready')

  const signal = await terminationSignal()
  logger.info({ signal }, 'stopping')
  isReady = false
  stopRenewal()
  stopPublishing()
  await shutDown(server, options.shutdownDelayMs)
  logger.info('stopped')
}

async function findImage({ image, pod, namespace }: Options): Promise<string> {
  if (image !== undefined) return image
  if (pod === undefined) return `greenroom:${version}`
  const { readOwnImage } = await import('./own-image.ts')
  return readOwnImage({ name: pod, namespace })
}

async function findCertificate({ tls, namespace }: Options, logger: Logger): Promise<CertificateSource> {
  if (tls.from === 'files') return certificateFromFiles(tls.cert, tls.key, logger)
  // Imported only here: the Kubernetes client takes longer to load than all the rest together.
  const { certificateFromCluster } = await import('./certificates/cluster.ts')
  return certificateFromCluster({ ...tls, namespace }, logger)
}

/** Without a cluster there are no versions, and whoever asks to be held is. */
async function findReleaseReader({ tls }: Options, logger: Logger) {
  if (tls.from === 'files') return async () => false
  const { createReleaseReader } = await import('./release-reader.ts')
  return createReleaseReader(logger)
}
