import { pino } from 'pino'
import type { Test } from 'tap'
import { createGate, type Gate } from '../../../authorization/gate/gate.ts'
import type { AuthorizationPolicy } from '../../../policy/schema/authorization-policy.ts'
import { authorizationPolicySchema } from '../../../policy/schema/authorization-policy.ts'
import { createAuthority, issueLeaf } from '../../../serving/certificates/issue.ts'
import { createServer } from '../../../serving/server.ts'
import { listening } from '../../listening.ts'
import { until } from '../../sidecar/shell/until.ts'
import { type HttpResponse, send } from '../../webhook/support/send.ts'
import { type ReferenceServer, startReferenceServer } from '../reference-server.ts'
import { type ApiServer, type Stored, startApiServer, tokenOf } from './api-server.ts'

export interface Replica {
  readonly endpoint: string
  readonly ca: string
  readonly gate: Gate
  readonly log: readonly Record<string, unknown>[]
  /** As a pod asks: PUT or DELETE with its token, and what it says of itself. */
  readonly ask: (method: 'PUT' | 'DELETE', pod: Stored, about?: About) => Promise<HttpResponse>
  readonly metrics: () => Promise<string>
}

export interface About {
  readonly token?: string
  readonly body?: object | string
  readonly uid?: string
}

export interface GateStage {
  readonly api: ApiServer
  readonly service: ReferenceServer
  readonly start: (changes?: object, replica?: string) => Promise<Replica>
}

let nth = 0

/** A pod as the kubelet has reported it, injected, with an address of its own unless one is given. */
export function podOf(
  name: string,
  { ips, namespace = 'shop', ...status }: { ips?: readonly string[]; namespace?: string; phase?: string } = {},
): Stored {
  nth += 1
  const addresses = ips ?? [`10.1.${nth >> 8}.${nth & 255}`]
  return {
    metadata: { name, namespace, uid: `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}` },
    spec: { serviceAccountName: 'default' },
    status: { phase: 'Pending', podIP: addresses[0], podIPs: addresses.map((ip) => ({ ip })), ...status },
  }
}

export const requestOf = (pod: Stored, changes: object = {}) => ({
  application: 'orders',
  namespace: pod.metadata.namespace,
  pod: pod.metadata.name,
  ip: pod.status?.podIP,
  resources: ['mysql:orders'],
  ...changes,
})

/** The real gate over real HTTPS, before the real reference server, beside a stand-in of the API server. */
export async function createGateStage(t: Test): Promise<GateStage> {
  const api = await startApiServer(t)
  const service = await startReferenceServer(t)
  const start = async (changes: object = {}, replica = 'gate-1'): Promise<Replica> => {
    const policy = policyOf(service.endpoint, changes)
    const log: Record<string, unknown>[] = []
    const logger = pino({}, { write: (line: string) => log.push(JSON.parse(line)) })
    const options = { namespace: 'greenroom-system', replica, audience: 'greenroom' }
    const gate = createGate({ config: api.config, options, policy, logger, expiries: () => ({}) })
    t.teardown(gate.stop)
    const authority = await createAuthority('test', new Date())
    const server = createServer(
      await issueLeaf(authority, ['localhost', '127.0.0.1'], new Date()),
      gate.routes({ isReady: () => true, whyNotReady: async () => undefined }),
    )
    const port = await listening(t, server)
    await until('the gate to be in step', gate.isSynced)
    const ca = authority.cert
    return {
      endpoint: `https://127.0.0.1:${port}`,
      ca,
      gate,
      log,
      ask: (method, pod, { token = tokenOf(pod), body = requestOf(pod), uid = pod.metadata.uid } = {}) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const text = typeof body === 'string' ? body : JSON.stringify(body)
        const request = { port, ca, method, path: `/v1/authorizations/${uid}`, headers }
        return send(request, method === 'PUT' ? text : '')
      },
      metrics: async () => (await send({ port, ca, method: 'GET', path: '/metrics' })).text,
    }
  }
  return { api, service, start }
}

const bindings = [{ namespaces: ['shop'], applications: ['orders'], resources: ['mysql:orders', 'redis:*'] }]

function policyOf(endpoint: string, { service = {}, ...changes }: { service?: object } & object): AuthorizationPolicy {
  const limits = { rate: { calls: 1000, per: '1s' }, pod: { calls: 3, per: '10m' } }
  return authorizationPolicySchema.parse({
    apiVersion: 'greenroom.dev/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'test' },
    spec: { service: { endpoint, ...service }, limits, bindings, ...changes },
  }).spec
}
