import { parseJson } from '../../policy/json.ts'
import { parseBatch } from './batch.ts'
import { type Behaviour, modeFor, parseBehaviour } from './behaviour.ts'
import type { CallRecord, Calls } from './calls.ts'
import { parseRequest } from './grant.ts'
import { grant, grantBatch, refuseMalformed, revoke } from './grant-change.ts'
import type { Grants } from './grants-file.ts'
import { createLoad } from './load.ts'
import { failed, misbehave, type Outcome } from './outcome.ts'
import { problem, type Reply } from './reply.ts'
import { checkResource } from './resource-check.ts'

export interface Parts {
  readonly grants: Grants
  readonly calls: Calls
  readonly behaviour: Behaviour
  /** What each call must carry; it is logged nowhere. Absent: anybody may call. */
  readonly token?: string | undefined
  /** ISO 8601, UTC. */
  readonly now: () => string
  /** Any clock that never goes back. */
  readonly nowMs: () => number
  readonly log: (record: CallRecord) => void
}

export interface Request {
  readonly method: string
  /** Both empty where the path has none. */
  readonly uid: string
  readonly resource: string
  readonly query: URLSearchParams
  /** Of who calls. */
  readonly remoteAddress: string
  readonly body: string
}

/** By path, then by method. */
export type Routes = Readonly<Record<string, Readonly<Record<string, (request: Request) => Reply>>>>

/** More pods than any trial has; of those that come later every call counts as their first. */
const countedPods = 10_000

/** How the paths that are not like others are named among the routes. */
export const uidRoute = '/v1/authorizations/{uid}'
export const batchRoute = '/v1/authorizations:batch'
export const resourceRoute = '/v1/resources/{resource}'

/**
 * | call                              | answer                                                         |
 * |-----------------------------------|----------------------------------------------------------------|
 * | `PUT /v1/authorizations/{uid}`    | 201 new, 200 known or changed; 400 with found, expected, fix   |
 * | `DELETE /v1/authorizations/{uid}` | 204, or 404 where there is none                                |
 * | `POST /v1/authorizations:batch`   | 200 with the status that a PUT would have had, for each pod    |
 * | `GET /v1/authorizations`          | the grants by UID                                              |
 * | `GET /v1/resources/{resource}`    | 200 or 403: whether who calls holds a grant of it              |
 * | `GET /v1/calls`                   | counts, and the newest calls                                   |
 * | `GET /v1/behaviour`               | the behaviour                                                  |
 * | `PUT /v1/behaviour`               | 200 with the behaviour from now on; all is counted anew        |
 */
export function createRoutes(parts: Parts): Routes {
  let { behaviour } = parts
  let load = createLoad(behaviour, parts.nowMs())
  let seen = new Map<string, number>()

  const put = (request: Request) => {
    const reading = parseRequest(parseJson(request.body))
    const asked = reading.kind === 'request' ? reading.request : undefined
    const { application, ip, resources } = asked ?? {}
    return answer(request, { application, ip, resources }, () => grant(parts.grants, request.uid, reading, parts.now()))
  }
  const putBatch = (request: Request) => {
    const reading = parseBatch(parseJson(request.body))
    if (reading.kind === 'malformed') return answer(request, {}, () => refuseMalformed(reading))
    const { batch } = reading
    const { application, resources, pods } = batch
    const about = { application, resources, pods: pods.length }
    return answer(request, about, () => grantBatch(parts.grants, batch, parts.now()))
  }
  const take = (request: Request) => {
    const application = parts.grants.all().get(request.uid)?.application
    return answer(request, { application }, () => revoke(parts.grants, request.uid))
  }

  const check = ({ resource, query, remoteAddress }: Request) =>
    checkResource(parts.grants.all(), { resource, ip: query.get('ip'), remoteAddress })

  /** Every call that changes grants is recorded, whatever becomes of it. */
  function answer(request: Request, about: Partial<CallRecord>, serve: () => Outcome): Reply {
    const { method, uid } = request
    const nowMs = parts.nowMs()
    const outcome = load.meet(nowMs) ?? misbehave(nextMode(request, about.application), behaviour) ?? trying(serve)
    const status = outcome.reply === 'hang' ? null : outcome.reply.status
    if (status === 429) load.noteThrottled(nowMs)
    note(parts, { time: parts.now(), method, uid, ...about, status, answer: outcome.answer })
    return late(outcome.reply, behaviour)
  }

  function nextMode({ method, uid }: Request, application: string | undefined) {
    const pod = `${method} ${uid}`
    const nth = seen.get(pod) ?? 0
    // Without a number of times nobody asks how often, and pods come for as long as the server runs.
    if (behaviour.times !== undefined && (nth > 0 || seen.size < countedPods)) seen.set(pod, nth + 1)
    return modeFor(behaviour, { method, application, nth })
  }

  function setBehaviour({ body }: Request): Reply {
    const reading = parseBehaviour(parseJson(body))
    if (reading.kind === 'malformed') return problem(400, 'Bad behaviour', reading.detail)
    behaviour = reading.behaviour
    load = createLoad(behaviour, parts.nowMs())
    seen = new Map()
    return { status: 200, body: behaviour }
  }

  return {
    [uidRoute]: { PUT: put, DELETE: take },
    [batchRoute]: { POST: putBatch },
    '/v1/authorizations': { GET: () => ({ status: 200, body: Object.fromEntries(parts.grants.all()) }) },
    [resourceRoute]: { GET: check },
    '/v1/calls': { GET: () => ({ status: 200, body: parts.calls.summary() }) },
    '/v1/behaviour': { GET: () => ({ status: 200, body: behaviour }), PUT: setBehaviour },
  }
}

/** For any call without the token, to whatever path; it uses up no capacity. */
export function refuseUnauthenticated(parts: Parts, { method, uid }: Pick<Request, 'method' | 'uid'>): Reply {
  note(parts, { time: parts.now(), method, uid, status: 401, answer: 'unauthenticated' })
  const detail = 'The call does not carry the token. Send it as Authorization: Bearer TOKEN.'
  return { ...problem(401, 'Unauthenticated', detail), headers: { 'www-authenticate': 'Bearer' } }
}

function note({ calls, log }: Parts, record: CallRecord): void {
  calls.add(record)
  log(record)
}

function late(reply: Reply, { delayMs }: Behaviour): Reply {
  return reply === 'hang' || delayMs === undefined ? reply : { ...reply, delayMs }
}

/** A grant that cannot be written is not given, and the service says so as one would that has lost its database. */
function trying(serve: () => Outcome): Outcome {
  try {
    return serve()
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}
