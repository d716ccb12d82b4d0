import type { Registry } from '@prometheus-io/client'
import express, { type Express, type RequestHandler } from 'express'

/** The app of a server of ours. What it is asked most comes first; then {@link addOperations}. */
export const createApp = (isReady: () => boolean): Express =>
  express().disable('x-powered-by').disable('etag').use(handOver(isReady))

export interface Operations {
  /** Undefined: it is. */
  readonly whyNotReady: () => Promise<string | undefined>
  readonly registry: Registry
}

/** What every server of ours answers: `/healthz` and `/readyz` for the kubelet, `/metrics` for Prometheus. */
export function addOperations(app: Express, { whyNotReady, registry }: Operations): void {
  app.get('/healthz', (_request, response) => {
    response.send('ok')
  })
  app.get('/readyz', async (_request, response) => {
    const reason = await whyNotReady()
    response
      .status(reason === undefined ? 200 : 503)
      .type('text')
      .send(reason ?? 'ok')
  })
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics())
  })
}

/** Clients keep a connection for as long as it lives; a replica that is leaving gives each up with an answer. */
function handOver(isReady: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (!isReady()) response.set('Connection', 'close')
    next()
  }
}

/** A body of at most so many bytes, of any content type. No client of ours compresses; a few bytes could become as many as they like. */
export const readBody = (limit: number): RequestHandler => express.raw({ type: () => true, limit, inflate: false })

/** Errors of the body parser carry a status (https://github.com/jshttp/http-errors); undefined for all others. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined
