import type { Logger } from 'pino'
import { createClient } from 'redis'

/** A Redis that counts for all replicas. */
export interface Counters {
  readonly client: object
  readonly isReady: () => boolean
  /** How long it has counted for all without a gap; 0: it does not now. */
  readonly readyForMs: () => number
  readonly stop: () => void
}

/** Longer, and every call of a pod would wait for a Redis that hangs. */
const patienceMs = 1_000

/**
 * Connects, and again whenever the connection is lost. Never throws and never waits: what is to be counted meanwhile fails
 * at once, and is counted in memory.
 */
export function connectCounters(url: string, logger: Logger): Counters {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: patienceMs, socketTimeout: 5 * patienceMs, reconnectStrategy: () => patienceMs },
    commandOptions: { timeout: patienceMs },
    pingInterval: patienceMs,
  })
  let readySinceMs: number | null = null
  client.on('ready', () => {
    readySinceMs = Date.now()
    logger.info('Redis counts for all replicas')
  })
  client.on('error', (err: unknown) => {
    // Said once for each outage: it tries again every second.
    if (readySinceMs !== null) logger.warn({ err }, 'Redis is gone; each replica counts for itself')
    readySinceMs = null
  })
  client.connect().catch((err: unknown) => logger.warn({ err }, 'Redis is not there; each replica counts for itself'))
  return {
    client,
    isReady: () => readySinceMs !== null,
    readyForMs: () => (readySinceMs === null ? 0 : Date.now() - readySinceMs),
    stop: () => client.destroy(),
  }
}
