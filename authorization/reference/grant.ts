import { isIP } from 'node:net'
import type { AuthorizationRequest } from '../client.ts'
import { isRecord, isText, isTextList } from '../json.ts'

/** What one pod may reach, as the file and `GET /v1/authorizations` show it. */
export interface Grant extends AuthorizationRequest {
  /** ISO 8601, UTC. */
  readonly grantedAt: string
}

export type RequestReading =
  | { readonly kind: 'request'; readonly request: AuthorizationRequest }
  | { readonly kind: 'malformed'; readonly detail: string }

/** Checks the body of a PUT as a strict service would: what was found, what was expected. */
export function parseRequest(value: unknown): RequestReading {
  if (!isRecord(value)) return malformed('the body', value ?? 'no JSON', 'a JSON object')
  const { application, namespace, pod, ip, resources } = value
  if (!isText(application)) return malformed('application', application, 'a name')
  if (!isText(namespace)) return malformed('namespace', namespace, 'a name')
  if (!isText(pod)) return malformed('pod', pod, 'a name')
  if (!isText(ip) || isIP(ip) === 0) return malformed('ip', ip, "the pod's IPv4 or IPv6 address")
  if (!isTextList(resources)) return malformed('resources', resources, 'a list of names such as ["mysql:orders"]')
  return { kind: 'request', request: { application, namespace, pod, ip, resources } }
}

export function parseGrant(value: unknown): Grant | null {
  const reading = parseRequest(value)
  if (reading.kind === 'malformed' || !isRecord(value) || !isText(value.grantedAt)) return null
  return { ...reading.request, grantedAt: value.grantedAt }
}

const fix = 'Send application, namespace, pod, ip and resources.'

function malformed(at: string, found: unknown, expected: string): RequestReading {
  const shown = found === undefined ? 'missing' : JSON.stringify(found).slice(0, 80)
  return { kind: 'malformed', detail: `${at} is ${shown}, expected ${expected}. ${fix}` }
}
