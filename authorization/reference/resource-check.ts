import { canonicalAddress } from './address.ts'
import type { Grant } from './grant.ts'
import { problem, type Reply } from './reply.ts'

export interface ResourceQuestion {
  /** As it stands in the path, percent-encoded. */
  readonly resource: string
  /** Of the query, if it has one. */
  readonly ip: string | null
  /** Of the connection. */
  readonly remoteAddress: string
}

/**
 * Whether who calls holds a grant of the resource: what a firewall or a database's allowlist would decide.
 *
 * | the connection's address, or the query's | answer                             |
 * |------------------------------------------|------------------------------------|
 * | is one of a pod that holds a grant       | 200 with the pod                   |
 * | is no such                               | 403 with whose the resource is not |
 * | cannot be read, or the resource cannot   | 400                                |
 */
export function checkResource(grants: ReadonlyMap<string, Grant>, question: ResourceQuestion): Reply {
  const resource = decode(question.resource)
  if (resource === null)
    return problem(400, 'Bad request', `${question.resource.slice(0, 80)} is no name. Percent-encode it as UTF-8.`)
  const ip = canonicalAddress(question.ip ?? question.remoteAddress)
  if (ip === null) return problem(400, 'Bad request', `ip is ${shown(question.ip)}, expected an IPv4 or IPv6 address.`)
  const about = { resource, ip, ipFrom: question.ip === null ? 'connection' : 'query' }
  const [uid, grant] = [...grants].find(([, granted]) => isOf(granted, resource, ip)) ?? []
  if (!grant) return problem(403, 'Not granted', `${resource} is not granted to ${ip}.`, about)
  const { application, namespace, pod } = grant
  return { status: 200, body: { ...about, uid, application, namespace, pod } }
}

function isOf({ ips, resources }: Grant, resource: string, ip: string): boolean {
  return resources.includes(resource) && ips.some((address) => canonicalAddress(address) === ip)
}

function shown(text: string | null): string {
  return JSON.stringify(text).slice(0, 80)
}

function decode(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded)
  } catch {
    // What is no UTF-8 is an answer here; the caller says so.
    return null
  }
}
