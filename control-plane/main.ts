/** Main of the control plane: one replica leads, and goes its rounds. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { version } from '../policy/version.ts'
import { brief } from '../serving/api-error.ts'
import { addOperations, createApp } from '../serving/app.ts'
import { loadKubeConfig } from '../serving/kube-config.ts'
import { openLog } from '../serving/log.ts'
import { runMain } from '../serving/run-main.ts'
import { shutDown, terminationSignal } from '../serving/shutdown.ts'
import { standForLeader } from './election.ts'
import { openLease } from './lease.ts'
import { createMetrics } from './metrics.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { type Rounds, startRounds } from './rounds.ts'

/** The kubelet and Prometheus ask, and nobody else. */
const requestTimeoutMs = 10_000
const maxConnections = 100

runMain({ parseOptions, usage, serve })

/** The control plane's life: listening, standing for leader, leading perhaps; then resigned and gone. */
async function serve({ port, namespace, replica, lease, logLevel }: Options): Promise<void> {
  const { logger, close } = openLog(logLevel)
  const config = loadKubeConfig()
  // Another one after each start: whoever was here before may have left something half done.
  const me = `${replica}_${randomBytes(4).toString('hex')}`
  let rounds: Rounds | undefined
  let hasHeard = false
  const ending = new AbortController()
  const metrics = createMetrics({ isLeading: () => rounds !== undefined, missed: () => rounds?.missed() ?? [] })
  const whyNotReady = async () => {
    if (!rounds) return hasHeard ? undefined : 'the lease was not heard of yet'
    return rounds.isSynced() ? undefined : 'not in step with the API server yet'
  }
  const app = createApp(() => !ending.signal.aborted)
  addOperations(app, { whyNotReady, registry: metrics.registry })
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, app)
  server.maxConnections = maxConnections
  await once(server.listen(port), 'listening')
  logger.info({ address: server.address(), version }, 'listening')

  const standing = standForLeader(
    {
      me,
      leases: openLease(config, { name: lease, namespace, me }),
      nowMs: () => performance.now(),
      pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}), // Told to stop.
      lead(isLeading) {
        logger.info({ lease, me }, 'leading')
        const leading = startRounds({ config, namespace, logger, isLeading, countEviction: metrics.countEviction })
        rounds = leading
        return () => {
          logger.info({ lease, me }, 'not leading any more')
          leading.stop()
          rounds = undefined
        }
      },
      onHeard: () => {
        hasHeard = true
      },
      onError: (error) => logger.warn({ err: brief(error), lease }, 'the lease could not be had'),
    },
    ending.signal,
  )

  const signal = await terminationSignal()
  logger.info({ signal }, 'stopping')
  ending.abort()
  await standing
  await shutDown(server, 0)
  logger.info('stopped')
  await close()
  process.exit(0)
}
