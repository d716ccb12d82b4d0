import { createServer, type IncomingMessage, type Server } from 'node:http'
import { bodyLimitBytes, readBody, requestTimeoutMs } from './body.ts'
import { problem, type Reply, sendReply } from './reply.ts'
import { createRoutes, type Parts, type Routes, uidRoute } from './service.ts'

/** The authorization service of the contract, for demos, tests and as a model for users' own. Not yet listening. */
export function createReferenceServer(parts: Parts): Server {
  const routes = createRoutes(parts)
  return createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    handle(request, routes)
      // The grants' file could not be written (or the client is gone, and then this goes nowhere).
      .catch((error: unknown) => problem(500, 'Failed', error instanceof Error ? error.message : String(error)))
      .then((reply) => sendReply(response, reply))
  })
}

/** A pod's UID, or any key that is safe in a log line and as a member of a JSON object. */
const uidPath = /^\/v1\/authorizations\/([A-Za-z0-9][A-Za-z0-9.-]{0,127})$/

async function handle(incoming: IncomingMessage, routes: Routes): Promise<Reply> {
  const { method = 'GET', url = '/' } = incoming
  const path = url.replace(/\?.*/, '')
  const uid = uidPath.exec(path)?.[1]
  const route = routes[uid === undefined ? path : uidRoute]
  if (!route || path === uidRoute) {
    const served = Object.keys(routes).join(', ')
    return problem(404, 'No such path', `${path.slice(0, 80)} is not served, only ${served}.`)
  }
  const act = route[method]
  if (!act) {
    const allow = Object.keys(route).join(', ')
    return { ...problem(405, 'No such method', `${method} is not served here, only ${allow}.`), headers: { allow } }
  }
  const body = await readBody(incoming)
  if (body === null) return problem(413, 'Too large', `The body is larger than ${bodyLimitBytes} bytes. Send less.`)
  return act({ method, uid: uid ?? '', body })
}
