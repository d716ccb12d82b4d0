import { once } from 'node:events'
import type { Logger } from 'pino'
import { version } from '../policy/version.ts'
import type { CertificateSource } from '../serving/certificates/certificate.ts'
import { certificateFromFiles } from '../serving/certificates/files.ts'
import { openLog } from '../serving/log.ts'
import { createReadiness } from '../serving/readiness.ts'
import { runMain } from '../serving/run-main.ts'
import { callSelf } from '../serving/self-call.ts'
import { createServer } from '../serving/server.ts'
import { shutDown, terminationSignal } from '../serving/shutdown.ts'
import { createHandler } from './handler.ts'
import { createMetrics } from './metrics.ts'
import { createAdviceObserver, createObserver } from './observer.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { type PolicySource, policyFromFile } from './policy-source.ts'
import { createTokenSource } from './probe-token.ts'
import { createRoutes } from './routes.ts'
import { createSetupFinder } from './setup-finder.ts'
import { createAdvisor } from './workload/handler.ts'

runMain({ parseOptions, usage, serve })

/** The webhook's life: configured, listening, trusted, ready; then NotReady, drained, gone. */
async function serve(options: Options): Promise<void> {
  const { logger, close } = openLog(options.logLevel)
  const { namespace } = options
  const policies = await findPolicies(options, logger)
  const image = await findImage(options)
  const source = await findCertificate(options, logger)
  const { registry, count, countTurnedAway } = createMetrics(source.expiries)
  const setup = { image, version, namespace, drawToken: createTokenSource() }
  const findSetup = createSetupFinder(policies, setup)
  const mutate = createHandler(findSetup, {
    observe: createObserver(logger, count),
    nowMs: () => performance.now(),
    readRelease: await findReleaseReader(options, logger),
  })
  const advise = createAdvisor({ findSetup, observe: createAdviceObserver(logger) })
  const reviews = { '/mutate': mutate, '/validate': advise }
  let isServing = false
  const isReady = () => isServing
  const whyNotReady = createReadiness({
    isServing: isReady,
    callSelf: () => callSelf(server, source.expected().host),
    expected: source.expected,
    steadyMs: () => performance.now(),
    logger,
  })
  const routes = createRoutes({ reviews, isReady, whyNotReady, countTurnedAway, registry, logger })
  const server = createServer(source.certificate, routes)

  await once(server.listen(options.port), 'listening')
  logger.info({ address: server.address(), policy: options.policy, version }, 'listening')
  const stopKeeping = await source.keep((certificate) => server.setSecureContext(certificate))
  const stopRegistering = await policies.register()
  isServing = true
  if ((await whyNotReady()) === undefined) logger.info('ready')

  const signal = await terminationSignal()
  logger.info({ signal }, 'stopping')
  isServing = false
  stopKeeping()
  stopRegistering()
  await shutDown(server, options.shutdownDelayMs)
  logger.info('stopped')
  await close()
}

/** In a cluster and without a file: the cluster's InjectionPolicies. */
async function findPolicies({ policy: file, tls, namespace }: Options, logger: Logger): Promise<PolicySource> {
  if (file !== undefined || process.env.KUBERNETES_SERVICE_HOST === undefined) return policyFromFile(file)
  const { policiesFromCluster } = await import('./policies/source.ts')
  const optIn = tls.from === 'cluster' ? tls.webhookConfiguration : 'greenroom'
  return policiesFromCluster({ optIn, namespace }, logger)
}

async function findImage({ image, pod, namespace }: Options): Promise<string> {
  if (image !== undefined) return image
  if (pod === undefined) return `greenroom:${version}`
  const { readOwnImage } = await import('./own-image.ts')
  return readOwnImage({ name: pod, namespace })
}

async function findCertificate({ tls, namespace, host }: Options, logger: Logger): Promise<CertificateSource> {
  if (tls.from === 'files') return certificateFromFiles({ ...tls, host }, logger)
  // Imported only here: the Kubernetes client takes longer to load than all the rest together.
  const { certificateFromCluster } = await import('./certificates/cluster.ts')
  return certificateFromCluster({ ...tls, namespace, host }, logger)
}

/** Without a cluster there are no versions, and whoever asks to be held is. */
async function findReleaseReader({ tls }: Options, logger: Logger) {
  if (tls.from === 'files') return async () => false
  const { createReleaseReader } = await import('./release-reader.ts')
  return createReleaseReader(logger)
}
