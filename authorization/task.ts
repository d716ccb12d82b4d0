import { isIP } from 'node:net'
import { isRecord, isText, isTextList, parseJson } from '../policy/json.ts'
import { env } from '../policy/names.ts'
import { podIpsOf } from '../policy/pod-ips.ts'
import type { AuthorizationSettings } from '../policy/settings.ts'
import type { AuthorizationRequest } from './client.ts'
import { oneLine } from './one-line.ts'
import { isRequests } from './requests.ts'

/** What one pod's init container has to do. */
export interface Task {
  readonly settings: AuthorizationSettings
  readonly podUid: string
  readonly body: AuthorizationRequest
}

/** `malformed` carries a sentence for people: where, what was found, what was expected, how to mend it. */
export type TaskReading =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'malformed'; readonly detail: string }

const settingsVersion = 1

/** The webhook and the downward API wrote these; still, a pod that was edited on its way must not ask for nonsense. */
export function readTask(environment: Readonly<Record<string, string | undefined>>): TaskReading {
  const settings = parseJson(environment[env.settings] ?? '')
  if (!isRecord(settings)) return malformed(env.settings, environment[env.settings], 'the settings as a JSON object')
  if (settings.version !== settingsVersion)
    return malformed(`version in ${env.settings}`, settings.version, `${settingsVersion}`)
  if (settings.authorization === null) return { kind: 'nothing' }
  if (!isText(settings.application))
    return malformed(`application in ${env.settings}`, settings.application, 'the name of the application')
  const authorization = readAuthorization(settings.authorization)
  if ('kind' in authorization) return authorization

  const { [env.podUid]: podUid, [env.podName]: pod, [env.podNamespace]: namespace, [env.podIp]: ip } = environment
  if (!isText(podUid)) return malformed(env.podUid, podUid, "the pod's metadata.uid")
  if (!isText(pod)) return malformed(env.podName, pod, "the pod's metadata.name")
  if (!isText(namespace)) return malformed(env.podNamespace, namespace, "the pod's metadata.namespace")
  if (!isText(ip) || isIP(ip) === 0) return malformed(env.podIp, ip, "the pod's status.podIP, an IP address")
  const ips = podIpsOf(ip, environment[env.podIps])
  if (!ips) return malformed(env.podIps, environment[env.podIps], "the pod's status.podIPs, IP addresses with commas")
  const body = { application: settings.application, namespace, pod, ip, ips, resources: authorization.resources }
  return { kind: 'task', task: { settings: authorization, podUid, body } }
}

function readAuthorization(value: unknown): AuthorizationSettings | Malformed {
  const at = (field: string) => `authorization.${field} in ${env.settings}`
  if (!isRecord(value)) return malformed(`authorization in ${env.settings}`, value, 'an object or null')
  const { resources, callTimeoutMs, startTimeoutMs, whenUnavailable, refillMs } = value
  const service = readService(value)
  const { ca, token } = value
  if (typeof service === 'string') return malformed(at(service), undefined, expectedService[service])
  if (ca !== undefined && !isText(ca)) return malformed(at('ca'), undefined, 'certificates in PEM')
  if (token !== undefined && token !== true) return malformed(at('token'), token, 'true, or nothing')
  if (!isTextList(resources)) return malformed(at('resources'), resources, 'a list of names')
  if (!isPositive(callTimeoutMs)) return malformed(at('callTimeoutMs'), callTimeoutMs, 'milliseconds above 0')
  if (!isPositive(startTimeoutMs)) return malformed(at('startTimeoutMs'), startTimeoutMs, 'milliseconds above 0')
  if (!isPositive(refillMs)) return malformed(at('refillMs'), refillMs, 'milliseconds above 0')
  if (whenUnavailable !== 'block' && whenUnavailable !== 'proceed')
    return malformed(at('whenUnavailable'), whenUnavailable, '"block" or "proceed"')
  return {
    ...service,
    ...(ca !== undefined && { ca }),
    ...(token && { token }),
    resources,
    callTimeoutMs,
    startTimeoutMs,
    whenUnavailable,
    refillMs,
  }
}

/** Or the name of what is malformed, which is not shown: it may hold a password. */
function readService({
  endpoint,
  requests,
}: Readonly<Record<string, unknown>>): Pick<AuthorizationSettings, 'endpoint' | 'requests'> | 'endpoint' | 'requests' {
  if (requests !== undefined) return isRequests(requests) && endpoint === undefined ? { requests } : 'requests'
  const isUrl = isText(endpoint) && ['http:', 'https:'].includes(URL.parse(endpoint)?.protocol ?? '')
  return isUrl ? { endpoint } : 'endpoint'
}

const expectedService = {
  endpoint: 'a base URL with http or https',
  requests: 'grant and revoke, each with method, url and answers, and no endpoint beside them',
} as const

type Malformed = Extract<TaskReading, { kind: 'malformed' }>

function malformed(at: string, found: unknown, expected: string): Malformed {
  const shown = found === undefined ? 'missing or wrong' : oneLine(JSON.stringify(found), 40)
  const fix = 'Greenroom writes it at admission, so delete the pod to have it written anew'
  return { kind: 'malformed', detail: `${at} is ${shown}, expected ${expected}; ${fix}` }
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
