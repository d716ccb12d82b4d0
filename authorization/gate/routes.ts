import type { Registry } from '@prometheus-io/client'
import type { ErrorRequestHandler, Express, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { isRecord, isText, isTextList, parseJson } from '../../policy/json.ts'
import { brief } from '../../serving/api-error.ts'
import { addOperations, createApp, readBody, statusOf } from '../../serving/app.ts'
import { oneLine } from '../one-line.ts'
import type { Desk, Request } from './desk.ts'
import type { Identity, TokenReading } from './identity.ts'
import { answerOf, type HttpAnswer, type Outcome } from './outcome.ts'
import { within } from './within.ts'

/** Far above any honest request: a pod's names, its addresses and its resources. */
const bodyLimitBytes = 16 * 1024
/** So many pods are looked at in one moment; the others wait in their connections, which the server bounds. */
const uidPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/
/** As annotations may have them. A comma would be two names to a service that is given a list with commas. */
const isName = (value: unknown): value is string => typeof value === 'string' && /^[!-+\--~]{1,253}$/.test(value)
const mostResources = 100

export interface RouteParts {
  readonly desk: Desk
  readonly reviewToken: (token: string) => Promise<TokenReading>
  /** Whether connections are kept. */
  readonly isReady: () => boolean
  readonly whyNotReady: () => Promise<string | undefined>
  readonly registry: Registry
  readonly logger: Logger
  /** After each answer to a pod that proved who it is. */
  readonly observe: (call: { readonly identity: Identity; readonly outcome: Outcome | 'revoked' | 'revoking' }) => void
  readonly countRequest: (method: string, status: number) => void
}

/**
 * The contract for pods, `/healthz` and `/readyz` for the kubelet, `/metrics` for Prometheus.
 *
 * | call                              | answer                                                                  |
 * |-----------------------------------|-------------------------------------------------------------------------|
 * | `PUT /v1/authorizations/{podUid}` | the table of `answerOf`; 400 for a body that is none of the contract     |
 * | `DELETE /v1/authorizations/{podUid}` | 204 taken back or never there; 202 noted, and done without the pod     |
 * | either                            | 401 without a valid token, 403 for another pod's, 413 for a large body, 503 where the API server is away |
 */
export function createRoutes(parts: RouteParts): Express {
  const { desk, isReady, whyNotReady, registry, logger, observe, countRequest } = parts
  const app = createApp(isReady)
  app.use('/v1', (request, response, next) => {
    response.once('finish', () => countRequest(request.method, response.statusCode))
    next()
  })
  // The token first: who has none is not worth a body.
  app.put('/v1/authorizations/:uid', identify(parts), readBody(bodyLimitBytes), async ({ body }, response) => {
    const identity = identityOf(response)
    const request = parseRequest(parseJson(Buffer.isBuffer(body) ? body.toString() : ''))
    if ('detail' in request) return send(response, problem(400, 'Bad request', request.detail))
    const outcome = (await within(desk.authorize(identity, request), answerWithinMs)) ?? busy
    observe({ identity, outcome })
    return send(response, answerOf(outcome))
  })
  app.delete('/v1/authorizations/:uid', identify(parts), async (_request, response) => {
    const identity = identityOf(response)
    const isGone = (await desk.revoke(identity)) === 'gone'
    observe({ identity, outcome: isGone ? 'revoked' : 'revoking' })
    response.status(isGone ? 204 : 202).end()
  })
  addOperations(app, { whyNotReady, registry })
  app.use((_request, response) =>
    send(response, problem(404, 'No such path', 'Only /v1/authorizations/{podUid} is served.')),
  )
  app.use(answerError(logger))
  return app
}

/** Lets on who has a token of the very pod that the path names, and leaves there who that is. */
function identify({ reviewToken, logger }: RouteParts): RequestHandler<{ uid: string }> {
  return async ({ params: { uid }, headers, ip }, response, next) => {
    const refuse = (status: number, detail: string) => {
      logger.info({ uid: oneLine(uid, 64), from: ip, status, detail }, 'turned away')
      send(response, problem(status, status === 401 ? 'Unauthenticated' : 'Refused', detail))
    }
    const [, token] = /^Bearer ([!-~]+)$/i.exec(headers.authorization ?? '') ?? []
    if (token === undefined)
      return refuse(401, 'a token of the pod is needed: authorization.token in the policy of Greenroom')
    if (!uidPattern.test(uid)) return refuse(400, 'the path names no UID of a pod')
    const reviewing = reviewToken(token).catch((err: unknown) => {
      logger.warn({ err: brief(err) }, 'the API server cannot review tokens')
      return null
    })
    const reading = await within(reviewing, answerWithinMs)
    // Whoever it is: nothing is said but to come again.
    if (reading === undefined) return send(response, answerOf(busy))
    if (reading === null) return send(response, problem(503, 'Unavailable', 'the API server does not answer'))
    if (reading.kind === 'invalid') return refuse(401, reading.detail)
    if (reading.identity.uid !== uid) return refuse(403, `the token is pod ${reading.identity.uid}'s, not this one's`)
    response.locals.identity = reading.identity
    return next()
  }
}

/** Well within the five seconds after which a pod gives a call up, which would cost it an attempt. */
const answerWithinMs = 1_500
const busy: Outcome = { kind: 'queued', retryAfterMs: 2_000, detail: 'the gate or the API server is slow' }

const identityOf = ({ locals }: Response): Identity => locals.identity

function send(response: Response, { status, headers, body }: HttpAnswer): void {
  response.status(status).set(headers).json(body)
}

const problem = (status: number, title: string, detail: string): HttpAnswer => ({
  status,
  headers: {},
  body: { title, status, detail },
})

function parseRequest(value: unknown): Request | { readonly detail: string } {
  if (!isRecord(value)) return { detail: 'the body is no JSON object; send application, ip and resources' }
  const { application, ip, resources } = value
  if (!isName(application)) return { detail: 'application is no name' }
  if (!isText(ip) || ip.length > 64) return { detail: 'ip is no address' }
  if (!isTextList(resources) || resources.length === 0 || resources.length > mostResources)
    return { detail: `resources is no list of 1 to ${mostResources} names` }
  if (!resources.every(isName)) return { detail: 'a resource is no name: printable ASCII without blanks and commas' }
  return { application, ip, resources: [...new Set(resources)] }
}

/** Express knows an error handler by its four parameters. */
function answerError(logger: Logger): ErrorRequestHandler {
  return (error, { path }, response, _next) => {
    const status = statusOf(error) ?? 503
    if (status >= 500) logger.error({ err: error, path }, 'request failed')
    const detail = status >= 500 ? 'The gate failed; its log has the cause.' : String(error.message)
    send(response, problem(status, 'Failed', detail))
  }
}
