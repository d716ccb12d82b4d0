import type { AuthorizationLists, AuthorizationValues } from '../policy/authorization-placeholders.ts'
import { fillTemplate } from '../policy/request-template.ts'
import type { AuthorizationRequests } from '../policy/settings.ts'
import { type Answer, type Revocation, readAnswer, readRevocation } from './answer.ts'
import { type Call, exchange, type Reply, type Silence } from './exchange.ts'
import { explainTls } from './tls-trouble.ts'

export type { Answer, Revocation } from './answer.ts'

/** What a grant is asked for. The pod's UID is the key, so that asking twice is asking once. */
export interface AuthorizationRequest {
  readonly application: string
  readonly namespace: string
  readonly pod: string
  readonly ip: string
  /** All of the pod's addresses, `ip` first. */
  readonly ips: readonly string[]
  readonly resources: readonly string[]
}

/** Who is asked, and how. Exactly one of `endpoint` and `requests` is there. */
export interface AuthorizationService {
  /** Base URL of our contract, http or https, without a slash at its end. */
  readonly endpoint?: string | undefined
  /** The requests of another API. */
  readonly requests?: AuthorizationRequests | undefined
  /** Certificates in PEM: who is trusted, and nobody besides. Left out: the authorities that Node brings. */
  readonly ca?: string | undefined
  /** A token, sent as `Authorization: Bearer`, which is never in what is answered here. */
  readonly bearer?: string | undefined
}

/** One call about one pod. */
export interface AuthorizationCall {
  readonly service: AuthorizationService
  readonly podUid: string
  /** Whole in both calls: another API may want to know what a grant was for in order to take it back. */
  readonly body: AuthorizationRequest
  /** Limit of the whole call, from name resolution to the answer's last byte. */
  readonly timeoutMs: number
  /** Gives the call up at once; the result is then `unavailable`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks once (`PUT {endpoint}/v1/authorizations/{podUid}`, or what `requests.grant` says); never throws, never retries.
 * {@link readAnswer} has the table.
 */
export async function requestAuthorization(call: AuthorizationCall): Promise<Answer> {
  const { service, body } = call
  const request = service.requests ? fill(service.requests.grant, call) : ofContract('PUT', call, JSON.stringify(body))
  if (!request) return { kind: 'unavailable', detail: endpointMalformed }
  const reply = await ask(request, call)
  return readAnswer(reply, Date.now(), service.requests?.grant.answers)
}

/**
 * Takes the pod's grant back, once (`DELETE`, same address, or what `requests.revoke` says); never throws, never retries.
 * {@link readRevocation} has the table.
 */
export async function revokeAuthorization(call: AuthorizationCall): Promise<Revocation> {
  const { service } = call
  const request = service.requests ? fill(service.requests.revoke, call) : ofContract('DELETE', call)
  if (!request) return { kind: 'unavailable', detail: endpointMalformed }
  return readRevocation(await ask(request, call), service.requests?.revoke.answers)
}

/** The endpoint itself is not shown: what is wrong with it may be a password in an odd place. */
const endpointMalformed = 'the endpoint is no http or https URL; correct it in the policy'

/** One call with what the service trusts and wants to see; its token is in nothing that comes back. */
export async function ask(
  request: Request,
  { service, timeoutMs, signal }: Pick<AuthorizationCall, 'service' | 'timeoutMs' | 'signal'>,
): Promise<Reply | Silence> {
  const { ca, bearer } = service
  const headers = { ...request.headers, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) }
  const reply = await exchange({ ...request, headers, ca, timeoutMs, signal })
  return reply.kind === 'silence' ? explainTls(reply) : withoutBearer(reply, bearer)
}

/** A service that tells what it was sent must not have us put its token into logs and messages. */
function withoutBearer(reply: Reply, bearer: string | undefined): Reply {
  if (bearer === undefined) return reply
  const { location } = reply.headers
  return {
    ...reply,
    body: reply.body.replaceAll(bearer, '…'),
    headers: { ...reply.headers, ...(location !== undefined && { location: location.replaceAll(bearer, '…') }) },
  }
}

type Request = Pick<Call, 'method' | 'url' | 'headers' | 'body'>

function ofContract(method: 'PUT' | 'DELETE', { service, podUid }: AuthorizationCall, body?: string): Request | null {
  const url = URL.parse(`${service.endpoint}/v1/authorizations/${encodeURIComponent(podUid)}`)
  return url && ['http:', 'https:'].includes(url.protocol) ? { method, url, body } : null
}

function fill(
  template: AuthorizationRequests['grant' | 'revoke'],
  { podUid, body }: AuthorizationCall,
): Request | null {
  const { application, namespace, pod, ip } = body
  const text: AuthorizationValues = {
    application,
    namespace,
    pod,
    uid: podUid,
    ip,
    ips: body.ips.join(','),
    resources: body.resources.join(','),
  }
  const lists: AuthorizationLists = { ipList: body.ips, resourceList: body.resources }
  return fillTemplate(template, text, { ...text, ...lists })
}
