/** Main of the gate: the authorization contract in front of the real service, and the ledger of what is owed. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { brief } from '../../serving/api-error.ts'
import { loadKubeConfig } from '../../serving/kube-config.ts'
import { openLog } from '../../serving/log.ts'
import { createReadiness } from '../../serving/readiness.ts'
import { runMain } from '../../serving/run-main.ts'
import { callSelf } from '../../serving/self-call.ts'
import { createServer } from '../../serving/server.ts'
import { shutDown, terminationSignal } from '../../serving/shutdown.ts'
import { certificateFromCluster } from './certificate.ts'
import { createGate } from './gate.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { readPolicyFile } from './policy-file.ts'

runMain({ parseOptions, usage, serve })

/** The gate's life: certified, listening, in step with the API server, ready; then NotReady, drained, gone. */
async function serve(options: Options): Promise<void> {
  const policy = await readPolicyFile(options.policy)
  const { logger, close } = openLog(options.logLevel)
  const config = loadKubeConfig()
  const source = await untilGiven(() => certificateFromCluster(config, options, logger), logger)
  const gate = createGate({ config, options, policy, logger, expiries: source.expiries })
  let isTrusted = false
  let isLeaving = false
  const isReady = () => isTrusted && !isLeaving && gate.isSynced()
  const { expected } = source
  const whyNotReady = createReadiness({
    isServing: isReady,
    callSelf: () => callSelf(server, expected().host),
    expected,
    steadyMs: () => performance.now(),
    logger,
  })
  const server = createServer(source.certificate, gate.routes({ isReady, whyNotReady }))
  await once(server.listen(options.port), 'listening')
  logger.info({ address: server.address(), policy: options.policy }, 'listening')
  const stopKeeping = await source.keep((certificate) => server.setSecureContext(certificate))
  isTrusted = true

  const signal = await terminationSignal()
  logger.info({ signal }, 'stopping')
  isLeaving = true
  stopKeeping()
  await shutDown(server, options.shutdownDelayMs)
  gate.stop()
  logger.info('stopped')
  await close()
  process.exit(0)
}

/** An API server that is away is waited for: a gate that ends instead comes back only after the kubelet's back-off. */
async function untilGiven<T>(ask: () => Promise<T>, logger: Logger): Promise<T> {
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await ask()
    } catch (err) {
      logger.warn({ err: brief(err) }, 'no certificate from the cluster yet')
      await sleep(pauseMs)
    }
  }
}

const longestPauseMs = 10_000
