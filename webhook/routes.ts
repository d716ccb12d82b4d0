import type { Registry } from '@prometheus-io/client'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { HttpAnswer } from './handler.ts'
import { bodyLimitBytes } from './review-size.ts'
import { takeTurnsBySize } from './turns.ts'

/** Most reviews are below it: a pod of fifty environment variables has half of it. */
const smallBodyBytes = 64 * 1024

/**
 * A body is in memory up to four times while it is read: in pieces, as a whole, as text and as a tree. An API server
 * sends one in milliseconds, so these are far more turns than it needs, and each of a stalling client is soon over.
 */
const smallTurns = { most: 128, stallMs: 2_000 }
const largeTurns = { most: 2, stallMs: 2_000 }

export interface RouteParts {
  readonly mutate: (body: Buffer) => Promise<HttpAnswer>
  readonly isReady: () => boolean
  readonly registry: Registry
  readonly logger: Logger
}

/**
 * `POST /mutate` for the API server, `/healthz` and `/readyz` for the kubelet, `/metrics` for Prometheus. The body of a
 * review may have any content type: what it is shows when it is read.
 */
export function createRoutes({ mutate, isReady, registry, logger }: RouteParts): Express {
  const app = express().disable('x-powered-by').disable('etag')
  app.use(handOver(isReady))
  const turns = takeTurnsBySize(smallBodyBytes, smallTurns, largeTurns)
  // No API server compresses what it sends; a few bytes could become as many as they like.
  const readBody = express.raw({ type: () => true, limit: bodyLimitBytes, inflate: false })
  app.post('/mutate', turns, readBody, async ({ body }, response) => {
    const answer = await mutate(Buffer.isBuffer(body) ? body : Buffer.alloc(0))
    response.status(answer.status).json(answer.body)
  })
  app.get('/healthz', (_request, response) => {
    response.send('ok')
  })
  app.get('/readyz', (_request, response) => {
    response.status(isReady() ? 200 : 503).send(isReady() ? 'ok' : 'not ready')
  })
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics())
  })
  app.use(answerError(logger))
  return app
}

/** The API server keeps a connection for as long as it lives; a replica that is leaving gives each up with an answer. */
function handOver(isReady: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (!isReady()) response.set('Connection', 'close')
    next()
  }
}

/** Express knows an error handler by its four parameters. */
function answerError(logger: Logger): ErrorRequestHandler {
  return (error, { path }, response, _next) => {
    const status = statusOf(error)
    if (status >= 500) logger.error({ err: error, path }, 'request failed')
    const message = status >= 500 ? 'Greenroom failed; its log has the cause.' : String(error.message)
    response.status(status).json({ message })
  }
}

/** Errors of the body parser carry a status: https://github.com/jshttp/http-errors */
const statusOf = (error: unknown): number =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500
