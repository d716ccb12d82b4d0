import { Agent, type RequestOptions, request } from 'node:https'
import { text as readText } from 'node:stream/consumers'
import { KubeConfig } from '@kubernetes/client-node'
import type { Pod } from '../test/cluster/support/pod.ts'

export interface ApiServer {
  /** Creates a pod from its raw JSON. `sentAt`: when the request was sent, milliseconds since the epoch. */
  create(namespace: string, pod: object): Promise<{ readonly sentAt: number; readonly name: string }>
  /** The pod as it would be stored, mutated by the webhooks. */
  dryRun(namespace: string, pod: object): Promise<Pod>
  remove(namespace: string, pod: string): Promise<void>
  /** Deletes with the pod's own grace period. Resolves with the time at which the request was sent. */
  delete(namespace: string, pod: string): Promise<number>
}

/** Without kubectl, whose own start takes longer than what is measured; one connection, so that no handshake is in it. */
export async function connectApiServer(): Promise<ApiServer> {
  const config = new KubeConfig()
  config.loadFromDefault()
  const server = config.getCurrentCluster()?.server
  const credentials: RequestOptions = {}
  await config.applyToHTTPSOptions(credentials)
  const { ca, cert, key } = credentials
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key })

  function ask(method: string, path: string, body: object): Promise<Pod> {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body)
      // Of itself Node would send no length with a DELETE.
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const asked = request(`${server}${path}`, { method, agent, headers }, async (response) => {
        const answer = await readText(response)
        const { statusCode = 0 } = response
        if (statusCode < 300) resolve(JSON.parse(answer))
        else reject(new Error(`${method} ${path} answered ${statusCode}: ${answer}`))
      })
      asked.on('error', reject)
      asked.end(text)
    })
  }

  return {
    async create(namespace, pod) {
      const sentAt = Date.now()
      const { metadata } = await ask('POST', `/api/v1/namespaces/${namespace}/pods`, pod)
      return { sentAt, name: metadata.name }
    },
    dryRun: (namespace, pod) => ask('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod),
    async delete(namespace, pod) {
      const sentAt = Date.now()
      await ask('DELETE', `/api/v1/namespaces/${namespace}/pods/${pod}`, {})
      return sentAt
    },
    // A second is enough for what only sleeps; a drain would take longer, and is not what is measured.
    async remove(namespace, pod) {
      await ask('DELETE', `/api/v1/namespaces/${namespace}/pods/${pod}`, { gracePeriodSeconds: 1 })
    },
  }
}
