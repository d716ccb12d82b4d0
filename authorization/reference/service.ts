import { parseJson } from '../json.ts'
import { type Behaviour, type Mode, modeFor, parseBehaviour } from './behaviour.ts'
import type { CallRecord, Calls } from './calls.ts'
import { parseRequest, type RequestReading } from './grant.ts'
import type { Grants } from './grants-file.ts'
import { problem, type Reply } from './reply.ts'

export interface Parts {
  readonly grants: Grants
  readonly calls: Calls
  readonly behaviour: Behaviour
  /** ISO 8601, UTC. */
  readonly now: () => string
  readonly log: (record: CallRecord) => void
}

export interface Request {
  readonly method: string
  /** Empty where the path has none. */
  readonly uid: string
  readonly body: string
}

/** By path, then by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, (request: Request) => Reply>>>>

/** How the one path with a variable is named among the routes. */
export const uidRoute = '/v1/authorizations/{uid}'

/**
 * | call                              | answer                                                         |
 * |-----------------------------------|----------------------------------------------------------------|
 * | `PUT /v1/authorizations/{uid}`    | 201 new, 200 known or changed; 400 with found, expected, fix   |
 * | `DELETE /v1/authorizations/{uid}` | 204, or 404 where there is none                                |
 * | `GET /v1/authorizations`          | the grants by UID                                              |
 * | `GET /v1/calls`                   | counts, and the newest calls                                   |
 * | `GET /v1/behaviour`               | the behaviour                                                  |
 * | `PUT /v1/behaviour`               | 200 with the behaviour from now on, counted anew for every pod |
 */
export function createRoutes(parts: Parts): Routes {
  let { behaviour } = parts
  const seen = new Map<string, number>()

  const put = (request: Request) => {
    const reading = parseRequest(parseJson(request.body))
    const asked = reading.kind === 'request' ? reading.request : undefined
    const { application, ip, resources } = asked ?? {}
    return answer(request, { application, ip, resources }, () => grant(parts, request.uid, reading))
  }
  const revoke = (request: Request) => {
    const application = parts.grants.all().get(request.uid)?.application
    return answer(request, { application }, () => revokeGrant(parts, request.uid))
  }

  /** Every call is recorded, whatever becomes of it. */
  function answer({ method, uid }: Request, about: Partial<CallRecord>, serve: () => Outcome): Reply {
    const nth = seen.get(`${method} ${uid}`) ?? 0
    seen.set(`${method} ${uid}`, nth + 1)
    const mode = modeFor(behaviour, { method, application: about.application, nth })
    const outcome = misbehave(mode, behaviour) ?? serve()
    const status = outcome.reply === 'hang' ? null : outcome.reply.status
    const record = { time: parts.now(), method, uid, ...about, status, answer: outcome.answer }
    parts.calls.add(record)
    parts.log(record)
    return outcome.reply
  }

  function setBehaviour({ body }: Request): Reply {
    const reading = parseBehaviour(parseJson(body))
    if (reading.kind === 'malformed') return problem(400, 'Bad behaviour', reading.detail)
    behaviour = reading.behaviour
    seen.clear()
    return { status: 200, body: behaviour }
  }

  return {
    [uidRoute]: { PUT: put, DELETE: revoke },
    '/v1/authorizations': { GET: () => ({ status: 200, body: Object.fromEntries(parts.grants.all()) }) },
    '/v1/calls': { GET: () => ({ status: 200, body: parts.calls.summary() }) },
    '/v1/behaviour': { GET: () => ({ status: 200, body: behaviour }), PUT: setBehaviour },
  }
}

interface Outcome {
  readonly answer: string
  readonly reply: Reply
}

function grant({ grants, now }: Parts, uid: string, reading: RequestReading): Outcome {
  if (reading.kind === 'malformed') return { answer: 'malformed', reply: problem(400, 'Bad request', reading.detail) }
  const status = grants.all().has(uid) ? 200 : 201
  const granted = { ...reading.request, grantedAt: now() }
  grants.put(uid, granted)
  return { answer: 'granted', reply: { status, body: granted } }
}

function revokeGrant({ grants }: Parts, uid: string): Outcome {
  if (grants.delete(uid)) return { answer: 'revoked', reply: { status: 204 } }
  return { answer: 'unknown', reply: problem(404, 'No such grant', `There is no grant of pod ${uid}.`) }
}

/**
 * | grant | refuse | fail | throttle | queue | hang |
 * |-------|--------|------|----------|-------|------|
 * | serve | 403    | 500  | 429      | 202   | none |
 */
function misbehave(mode: Mode, { retryAfterSeconds }: Behaviour): Outcome | undefined {
  const headers = { 'retry-after': String(retryAfterSeconds) }
  switch (mode) {
    case 'grant':
      return undefined
    case 'refuse':
      return { answer: 'refused', reply: problem(403, 'Refused', 'The server was told to refuse.') }
    case 'fail':
      return { answer: 'failed', reply: problem(500, 'Failed', 'The server was told to fail.') }
    case 'throttle':
      return { answer: 'throttled', reply: { ...problem(429, 'Throttled', 'It was told to throttle.'), headers } }
    case 'queue':
      return { answer: 'queued', reply: { status: 202, body: { status: 'queued' }, headers } }
    case 'hang':
      return { answer: 'hang', reply: 'hang' }
    default:
      return mode satisfies never
  }
}
