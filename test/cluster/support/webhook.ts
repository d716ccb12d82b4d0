import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { kubectl } from './kubectl.ts'
import { isReady, type Pod } from './pod.ts'

const system = 'greenroom-system'

/** One replica of the webhook. */
export interface Replica {
  readonly name: string
  readonly ip: string
  readonly restarts: number
}

/** Those that serve. */
export async function readReplicas(): Promise<Replica[]> {
  const list = await kubectl('get', 'pods', '-n', system, '-l', 'app.kubernetes.io/component=webhook', '-o', 'json')
  const { items } = JSON.parse(list) as { items: Pod[] }
  const replicas = items.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp)
  return replicas.map(({ metadata, status }) => ({
    name: metadata.name,
    ip: status.podIP ?? '',
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
  }))
}

/** Posts to `/mutate` of one replica as the API server would: the service's name, and the registration's CA. */
export async function postToWebhook(
  replica: Replica,
  body: string | Buffer,
): Promise<{ status: number; text: string }> {
  const bundle = 'jsonpath={.webhooks[0].clientConfig.caBundle}'
  const ca = Buffer.from(await kubectl('get', 'mutatingwebhookconfiguration', 'greenroom', '-o', bundle), 'base64')
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const servername = `greenroom.${system}.svc`
  const options = { host: replica.ip, port: 8443, path: '/mutate', method: 'POST', ca, servername, agent: false }
  const asked = request(options, async (response) => {
    resolve({ status: response.statusCode ?? 0, text: await text(response) })
  })
  asked.on('error', reject)
  asked.end(body)
  return promise
}

/** What the API server would ask when this pod is created. */
export function reviewOf(pod: object, namespace: string): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: crypto.randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'test' },
      object: pod,
      oldObject: null,
      dryRun: false,
    },
  }
}
