import { type Answer, type Revocation, readAnswer, readRevocation } from './answer.ts'
import { exchange } from './exchange.ts'

export type { Answer, Revocation } from './answer.ts'

/** What a grant is asked for. The pod's UID is the key, so that asking twice is asking once. */
export interface AuthorizationRequest {
  readonly application: string
  readonly namespace: string
  readonly pod: string
  readonly ip: string
  readonly resources: readonly string[]
}

interface Target {
  /** Base URL, http or https, without a slash at its end. */
  readonly endpoint: string
  readonly podUid: string
  /** Limit of the whole call, from name resolution to the answer's last byte. */
  readonly timeoutMs: number
  /** Gives the call up at once; the result is then `unavailable`. */
  readonly signal?: AbortSignal
}

/** Asks once (`PUT {endpoint}/v1/authorizations/{podUid}`); never throws, never retries. {@link readAnswer} has the table. */
export async function requestAuthorization(target: Target & { readonly body: AuthorizationRequest }): Promise<Answer> {
  const url = authorizationUrl(target)
  if (!url) return { kind: 'unavailable', detail: endpointMalformed }
  const body = JSON.stringify(target.body)
  const reply = await exchange({ method: 'PUT', url, body, timeoutMs: target.timeoutMs, signal: target.signal })
  return readAnswer(reply, Date.now())
}

/** Takes the pod's grant back, once (`DELETE`, same address); never throws, never retries. {@link readRevocation} has the table. */
export async function revokeAuthorization(target: Target): Promise<Revocation> {
  const url = authorizationUrl(target)
  if (!url) return { kind: 'unavailable', detail: endpointMalformed }
  return readRevocation(await exchange({ method: 'DELETE', url, timeoutMs: target.timeoutMs, signal: target.signal }))
}

/** The endpoint itself is not shown: what is wrong with it may be a password in an odd place. */
const endpointMalformed = 'the endpoint is no http or https URL; correct it in the policy'

function authorizationUrl({ endpoint, podUid }: Target): URL | null {
  const url = URL.parse(`${endpoint}/v1/authorizations/${encodeURIComponent(podUid)}`)
  return url && ['http:', 'https:'].includes(url.protocol) ? url : null
}
