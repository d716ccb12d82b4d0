import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import type { AuthorizationPolicy } from '../../policy/schema/authorization-policy.ts'
import { brief } from '../../serving/api-error.ts'
import type { Expiries } from '../../serving/certificates/expiry-gauge.ts'
import type { Entry } from '../ledger/entry.ts'
import { openLedger } from '../ledger/ledger.ts'
import { followPods } from '../ledger/pods.ts'
import { createReconciler } from '../ledger/reconciler.ts'
import { createRevocationLimit } from '../ledger/revocation-limit.ts'
import { brokenDetail, createBreaker } from './breaker.ts'
import { connectCounters } from './counters.ts'
import { createDesk } from './desk.ts'
import { createDispatcher } from './dispatcher.ts'
import { createTokenReviewer } from './identity.ts'
import { createLimits, shareOf } from './limits.ts'
import { createMetrics } from './metrics.ts'
import type { Options } from './options.ts'
import { createEventRecorder } from './pod-events.ts'
import { createRoutes, type RouteParts } from './routes.ts'
import { createServiceReader } from './service-reader.ts'
import { createTurns } from './turns.ts'
import { createUpstream } from './upstream.ts'
import { createWork } from './work.ts'

export interface Gate {
  readonly isSynced: () => boolean
  readonly routes: (readiness: Pick<RouteParts, 'isReady' | 'whyNotReady'>) => RequestListener
  readonly stop: () => void
}

export interface GateParts {
  readonly config: KubeConfig
  readonly options: Pick<Options, 'namespace' | 'replica' | 'audience'>
  readonly policy: AuthorizationPolicy
  readonly logger: Logger
  readonly expiries: Expiries
}

/** A claim outlives its call by this, for the writes around it. */
const claimMarginMs = 10_000

/** The gate's parts, put together: the desk decides, the dispatcher calls, the ledger knows, the reconciler takes back. */
export function createGate({ config, options, policy, logger, expiries }: GateParts): Gate {
  const { service, limits, bindings } = policy
  const warn = (message: string) => (error: unknown) => logger.warn({ err: brief(error) }, message)
  const counters = limits.redis && connectCounters(limits.redis.url, logger)
  const rates = createLimits(limits, counters)
  const pacing = { calls: limits.redis ? limits.rate.calls : shareOf(limits), perMs: limits.rate.per }

  const look = (uid: string) => reconciler.look(uid)
  const onError = warn('the API server is not in step')
  const onSynced = (what: string) => () => {
    logger.info({ what }, 'in step with the API server')
    reconciler.sweep()
  }
  const ledger = openLedger(config, options.namespace, { onChange: look, onSynced: onSynced('ledger'), onError })
  const pods = followPods(config, { onChange: look, onSynced: onSynced('pods'), onError })
  // By the contract a service keeps its grants by pod; any other may keep them by address.
  const rivalsOf = ({ uid, ips }: Entry): readonly Entry[] =>
    service.requests
      ? [...ledger.all()].filter((each) => each.uid !== uid && each.ips.some((ip) => ips.includes(ip)))
      : []

  const breaker = createBreaker(policy.breaker, () => {
    logger.error({ pauseMs: policy.breaker.pause }, 'the authorization service fails; it is left alone')
    dispatcher.dismiss({ kind: 'unavailable', detail: brokenDetail, retryAfterMs: policy.breaker.pause })
  })
  const metrics = createMetrics({
    entries: ledger.all,
    waiting: () => dispatcher.waiting(),
    breaker: breaker.state,
    held: () => reconciler.held(),
    runs: (uid) => pods.get(uid)?.hasStarted ?? false,
    isCountingShared: counters?.isReady,
    expiries,
  })
  const upstream = createUpstream({
    readService: createServiceReader(service),
    timeoutMs: service.callTimeout,
    breaker,
    count: metrics.countCall,
  })
  const work = createWork({
    ledger,
    pods,
    upstream,
    limits: rates,
    replica: options.replica,
    claimMs: 2 * (service.callTimeout + claimMarginMs),
    rivalsOf,
    onError: warn('not done'),
  })
  const dispatcher = createDispatcher(work, {
    turns: createTurns(rates.takeCall, pacing, { nowMs: () => performance.now(), sleep }),
    concurrency: limits.concurrency,
    batching: service.batch && { windowMs: service.batch.window, most: service.batch.most },
  })
  const reconciler = createReconciler({
    ledger,
    pods,
    limit: createRevocationLimit(policy.revocations),
    rivalsOf,
    revoke: async (uid) => (await dispatcher.revoke(uid)).kind === 'revoked',
    onRevoke: ({ uid, namespace, pod, ip }, reason) => {
      metrics.countRevocation(reason)
      logger.info({ uid, namespace, pod, ip, reason }, 'taken back for a pod that did not')
    },
    onHeld: ({ uid, namespace, pod }) =>
      logger.error({ uid, namespace, pod }, 'more pods are gone than revocations allow'),
    onError: warn('an entry could not be looked at'),
  })
  const desk = createDesk({ bindings, ledger, pods, dispatcher, breaker, spacingMs: pacing.perMs / pacing.calls })
  const events = createEventRecorder(config, warn('an event was not written'))
  const reviewToken = createTokenReviewer(config, options.audience)

  return {
    isSynced: () => ledger.isSynced() && pods.isSynced(),
    routes: (readiness) =>
      createRoutes({
        desk,
        reviewToken,
        ...readiness,
        registry: metrics.registry,
        logger,
        countRequest: metrics.countRequest,
        observe({ identity, outcome }) {
          const word = typeof outcome === 'string' ? outcome : outcome.kind
          const detail = typeof outcome === 'object' && 'detail' in outcome ? outcome.detail : undefined
          metrics.countOutcome(word)
          logger.info({ ...identity, outcome: word, detail }, 'answered')
          if (typeof outcome === 'object') events.record(identity, outcome)
        },
      }),
    stop: () => {
      reconciler.stop()
      ledger.stop()
      pods.stop()
      counters?.stop()
    },
  }
}
