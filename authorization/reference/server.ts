import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createBearerCheck } from './bearer.ts'
import { batchLimitBytes, bodyLimitBytes, readBody, requestTimeoutMs } from './body.ts'
import { problem, type Reply, sendReply } from './reply.ts'
import {
  batchRoute,
  createRoutes,
  type Parts,
  type Routes,
  refuseUnauthenticated,
  resourceRoute,
  uidRoute,
} from './service.ts'
import { uidSource } from './uid.ts'

/** PEM. */
export interface ServerTls {
  readonly cert: string
  readonly key: string
}

/**
 * The authorization service of the contract, for demos, tests and as a model for users' own. Not yet listening; https
 * with `tls`, and then it throws where certificate and key are none, or do not fit.
 */
export function createReferenceServer(parts: Parts, tls?: ServerTls): Server {
  const routes = createRoutes(parts)
  const isKnown = parts.token === undefined ? () => true : createBearerCheck(parts.token)
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, { routes, isKnown, refuse: (call) => refuseUnauthenticated(parts, call) })
      // The client is gone in the middle of its body, and this goes nowhere; or it is our own mistake.
      .catch((error: unknown) => problem(500, 'Failed', error instanceof Error ? error.message : String(error)))
      .then((reply) => sendReply(response, reply))
  }
  const limits = { requestTimeout: requestTimeoutMs }
  if (!tls) return createServer(limits, listener)
  return createTlsServer({ ...limits, ...tls, handshakeTimeout: requestTimeoutMs }, listener)
}

interface Door {
  readonly routes: Routes
  readonly isKnown: (header: string | undefined) => boolean
  readonly refuse: (call: { method: string; uid: string }) => Reply
}

const uidPath = new RegExp(`^/v1/authorizations/(?<uid>${uidSource})$`)
const resourcePath = /^\/v1\/resources\/(?<resource>[^/]+)$/

async function handle(incoming: IncomingMessage, { routes, isKnown, refuse }: Door): Promise<Reply> {
  const { method = 'GET', url = '/' } = incoming
  const [path = '', search] = url.split('?', 2)
  const uid = uidPath.exec(path)?.groups?.uid ?? ''
  const resource = resourcePath.exec(path)?.groups?.resource ?? ''
  if (!isKnown(incoming.headers.authorization)) {
    await readBody(incoming, 0)
    return refuse({ method, uid })
  }
  const route = routes[uid ? uidRoute : resource ? resourceRoute : path]
  if (!route || path === uidRoute) {
    const served = Object.keys(routes).join(', ')
    return problem(404, 'No such path', `${path.slice(0, 80)} is not served, only ${served}.`)
  }
  const act = route[method]
  if (!act) {
    const allow = Object.keys(route).join(', ')
    return { ...problem(405, 'No such method', `${method} is not served here, only ${allow}.`), headers: { allow } }
  }
  const { remoteAddress = '' } = incoming.socket
  const limitBytes = path === batchRoute ? batchLimitBytes : bodyLimitBytes
  const body = await readBody(incoming, limitBytes)
  if (body === null) return problem(413, 'Too large', `The body is larger than ${limitBytes} bytes. Send less.`)
  return act({ method, uid, resource, query: new URLSearchParams(search), remoteAddress, body })
}
