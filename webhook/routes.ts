import type { RequestListener } from 'node:http'
import type { Registry } from '@prometheus-io/client'
import type { ErrorRequestHandler } from 'express'
import type { Logger } from 'pino'
import { addOperations, createApp, statusOf } from '../serving/app.ts'
import { createReviewRoute, type ReviewRouteParts } from './review-route.ts'

export interface RouteParts extends Omit<ReviewRouteParts, 'path' | 'review'> {
  /** What answers the API server, by path. */
  readonly reviews: Readonly<Record<string, ReviewRouteParts['review']>>
  readonly whyNotReady: () => Promise<string | undefined>
  readonly registry: Registry
}

/** The reviews for the API server, each by `POST`, `/healthz` and `/readyz` for the kubelet, `/metrics` for Prometheus. */
export function createRoutes({ registry, whyNotReady, reviews, ...parts }: RouteParts): RequestListener {
  const { isReady, logger } = parts
  const routes = new Map(
    Object.entries(reviews).map(([path, review]) => [path, createReviewRoute({ ...parts, path, review })]),
  )
  const app = createApp(isReady)
  addOperations(app, { whyNotReady, registry })
  app.use(answerError(logger))
  return (request, response) => {
    const route = request.method === 'POST' ? routes.get(pathOf(request.url)) : undefined
    return route ? route(request, response) : app(request, response)
  }
}

/** The API server adds how long it waits: `/mutate?timeout=5s`. */
function pathOf(url = ''): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/** Express knows an error handler by its four parameters. */
function answerError(logger: Logger): ErrorRequestHandler {
  return (error, { path }, response, _next) => {
    const status = statusOf(error) ?? 500
    if (status >= 500) logger.error({ err: error, path }, 'request failed')
    const message = status >= 500 ? 'Greenroom failed; its log has the cause.' : String(error.message)
    response.status(status).json({ message })
  }
}
