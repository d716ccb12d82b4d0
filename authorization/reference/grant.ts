import { isRecord, isText, isTextList } from '../../policy/json.ts'
import { canonicalAddress } from './address.ts'
import { type Malformed, malformed } from './malformed.ts'

/** What is asked for one pod. */
export interface AskedGrant {
  readonly application: string
  /** Absent, as is `pod`, only where a batch did not say it. */
  readonly namespace?: string
  readonly pod?: string
  /** The primary one. */
  readonly ip: string
  /** All of the pod's, the primary one first. */
  readonly ips: readonly string[]
  readonly resources: readonly string[]
}

/** What one pod may reach, as the file and `GET /v1/authorizations` show it. */
export interface Grant extends AskedGrant {
  /** ISO 8601, UTC. */
  readonly grantedAt: string
}

/** Kubernetes knows two, one of each family; more come from networks of their own. */
const mostAddresses = 16

/** As long as the annotation may be that names them. */
const mostResourceCharacters = 16_000

export type RequestReading = { readonly kind: 'request'; readonly request: AskedGrant } | Malformed

/** Checks the body of a PUT as a strict service would: what was found, what was expected. Without `ips` they are [ip]. */
export function parseRequest(value: unknown): RequestReading {
  if (!isRecord(value)) return malformed('the body', value ?? 'no JSON', 'a JSON object', fix)
  const reading = parseAsked(value, fix)
  if (reading.kind === 'malformed') return reading
  if (value.namespace === undefined) return malformed('namespace', undefined, 'a name', fix)
  return value.pod === undefined ? malformed('pod', undefined, 'a name', fix) : reading
}

const fix = 'Send application, namespace, pod, ip and resources.'

/** What is asked for one pod, in a call of its own or with others. `howToMend` ends the detail of what is malformed. */
export function parseAsked(value: Readonly<Record<string, unknown>>, howToMend: string): RequestReading {
  const { application, namespace, pod, ip, ips = [ip], resources } = value
  const unfit = (at: string, found: unknown, expected: string) => malformed(at, found, expected, howToMend)
  if (!isName(application)) return unfit('application', application, 'a name')
  if (namespace !== undefined && !isName(namespace)) return unfit('namespace', namespace, 'a name')
  if (pod !== undefined && !isName(pod)) return unfit('pod', pod, 'a name')
  if (!isAddress(ip)) return unfit('ip', ip, "the pod's IPv4 or IPv6 address")
  if (!isAddressList(ips, ip)) return unfit('ips', ips, `at most ${mostAddresses} addresses, ip first`)
  const list = parseResources(resources, howToMend)
  if (list.kind === 'malformed') return list
  const names = { ...(namespace !== undefined && { namespace }), ...(pod !== undefined && { pod }) }
  return { kind: 'request', request: { application, ...names, ip, ips, resources: list.resources } }
}

export type ResourcesReading = { readonly kind: 'resources'; readonly resources: readonly string[] } | Malformed

export function parseResources(value: unknown, howToMend: string): ResourcesReading {
  if (!isTextList(value)) return malformed('resources', value, 'a list of names such as ["mysql:orders"]', howToMend)
  const characters = value.join().length
  if (characters <= mostResourceCharacters) return { kind: 'resources', resources: value }
  return malformed('the length of resources', characters, `at most ${mostResourceCharacters} characters`, howToMend)
}

/** null where an entry of the file is none of ours. */
export function parseGrant(value: unknown): Grant | null {
  if (!isRecord(value) || !isText(value.grantedAt)) return null
  const reading = parseAsked(value, '')
  return reading.kind === 'malformed' ? null : { ...reading.request, grantedAt: value.grantedAt }
}

export function isName(value: unknown): value is string {
  return isText(value) && value.length <= 253
}

function isAddress(value: unknown): value is string {
  return isText(value) && canonicalAddress(value) !== null
}

function isAddressList(value: unknown, primary: string): value is readonly string[] {
  if (!isTextList(value) || value.length > mostAddresses) return false
  return value.every(isAddress) && canonicalAddress(value[0] ?? '') === canonicalAddress(primary)
}
