import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { labelOf, readServing, rolledOut, system } from './component.ts'
import { kubectl } from './kubectl.ts'

/** One replica of the webhook. */
export interface Replica {
  readonly name: string
  readonly ip: string
  readonly restarts: number
}

/** Those that serve. */
export async function readReplicas(): Promise<Replica[]> {
  return (await readServing('webhook')).map(({ metadata, status }) => ({
    name: metadata.name,
    ip: status.podIP ?? '',
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
  }))
}

/** Resolves once so many serve; with 0, once the last has ended, for those that are leaving answer until then. */
export async function scaleWebhook(replicas: number): Promise<void> {
  await kubectl('scale', '-n', system, 'deployment/greenroom', `--replicas=${replicas}`)
  await rolledOut('greenroom')
  if (replicas > 0) return
  const webhook = ['pod', '-n', system, '-l', labelOf('webhook')]
  await kubectl('wait', ...webhook, '--for=delete', '--timeout=60s')
}

/** Posts to `/mutate` of one replica as the API server would. */
export const postToWebhook = (replica: Replica, body: string | Buffer) =>
  askWebhook(replica, { method: 'POST', path: '/mutate', body })

/** What one replica tells Prometheus. */
export const readWebhookMetrics = async (replica: Replica): Promise<string> =>
  (await askWebhook(replica, { method: 'GET', path: '/metrics' })).text

interface Question {
  readonly method: string
  readonly path: string
  readonly body?: string | Buffer
}

/** By the service's name, and the registration's CA. */
async function askWebhook(
  { ip }: Replica,
  { method, path, body }: Question,
): Promise<{ status: number; text: string }> {
  const bundle = 'jsonpath={.webhooks[0].clientConfig.caBundle}'
  const ca = Buffer.from(await kubectl('get', 'mutatingwebhookconfiguration', 'greenroom', '-o', bundle), 'base64')
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const servername = `greenroom.${system}.svc`
  const options = { host: ip, port: 8443, path, method, ca, servername, agent: false }
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
