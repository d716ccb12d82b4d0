import { pino } from 'pino'
import type { Test } from 'tap'
import { defaultPolicy, type InjectionPolicy } from '../../../policy/schema/injection-policy.ts'
import { createAuthority, issueLeaf } from '../../../serving/certificates/issue.ts'
import { createServer } from '../../../serving/server.ts'
import type { Setup } from '../../../webhook/admit.ts'
import { createHandler } from '../../../webhook/handler.ts'
import { createMetrics } from '../../../webhook/metrics.ts'
import { createAdviceObserver, createObserver } from '../../../webhook/observer.ts'
import { createRoutes } from '../../../webhook/routes.ts'
import { createAdvisor } from '../../../webhook/workload/handler.ts'
import { listening } from '../../listening.ts'
import { type HttpResponse, send } from './send.ts'

/** What never changes from test to test, so that goldens do not. */
export const setup = (policy: InjectionPolicy = defaultPolicy): Setup => ({
  policy,
  image: 'greenroom:test',
  version: '0.0.0-test',
  namespace: 'greenroom-system',
  drawToken: () => 'token-of-the-test',
})

export interface Webhook {
  readonly port: number
  /** The authority that the server's certificate is of, in PEM. */
  readonly ca: string
  /** Lines that the server logged, parsed. */
  readonly log: readonly Record<string, unknown>[]
  send(method: string, path: string, body?: string | Buffer): Promise<HttpResponse>
}

/** The real server over real HTTPS, with a certificate of its own, until the test ends. */
export async function startWebhook(
  t: Test,
  parts: Partial<Setup> & { isReady?: () => boolean } = {},
): Promise<Webhook> {
  const authority = await createAuthority('test', new Date())
  const certificate = await issueLeaf(authority, ['localhost'], new Date())
  const log: Record<string, unknown>[] = []
  const logger = pino({}, { write: (line: string) => log.push(JSON.parse(line)) })
  const { registry, count, countTurnedAway } = createMetrics()
  const findSetup = () => ({ ...setup(), ...parts })
  const mutate = createHandler(findSetup, {
    observe: createObserver(logger, count),
    nowMs: () => performance.now(),
    readRelease: async ({ replicaSet }) => replicaSet.endsWith('released'),
  })
  const advise = createAdvisor({ findSetup, observe: createAdviceObserver(logger) })
  const reviews = { '/mutate': mutate, '/validate': advise }
  const isReady = parts.isReady ?? (() => true)
  const whyNotReady = async () => (isReady() ? undefined : 'not ready')
  const server = createServer(
    certificate,
    createRoutes({ reviews, isReady, whyNotReady, countTurnedAway, registry, logger }),
  )
  const port = await listening(t, server, 'localhost')
  return {
    port,
    ca: authority.cert,
    log,
    send: (method, path, body) => send({ port, ca: authority.cert, method, path }, body),
  }
}
