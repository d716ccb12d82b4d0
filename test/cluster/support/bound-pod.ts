import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { inParallel } from './in-parallel.ts'
import { kubectlWith } from './kubectl.ts'
import { ordersPod } from './pod.ts'

/** A pod that the API server has and no kubelet runs, at an address that the test gives it. */
export interface BoundPod {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly application: string
  readonly ip: string
}

const atOnce = 20
const api = () => {
  const config = new KubeConfig()
  config.loadFromDefault()
  return config.makeApiClient(CoreV1Api)
}

/** A node without a kubelet; pods on it stay as the test leaves them. */
export async function createNode(name: string): Promise<void> {
  const taints = [{ key: 'greenroom.dev/test', effect: 'NoSchedule' }]
  await api().createNode({ body: { metadata: { name }, spec: { taints } } })
}

export async function deleteNode(name: string): Promise<void> {
  await api().deleteNode({ name })
}

/** Creates pods with Greenroom on such a node, and reports their addresses as a kubelet would. */
export async function createBoundPods(
  pods: readonly Omit<BoundPod, 'uid' | 'namespace'>[],
  { namespace, node, annotations = {} }: { namespace: string; node: string; annotations?: Record<string, string> },
): Promise<BoundPod[]> {
  const spec = { nodeName: node, tolerations: [{ operator: 'Exists' }] }
  const objects = pods.map(({ name, application }) =>
    ordersPod(name, { labels: { app: application }, annotations, spec }),
  )
  const { code, output } = await kubectlWith(objects, 'create', '-n', namespace)
  if (code !== 0) throw new Error(output)
  return inParallel(pods, atOnce, async (pod) => {
    const uid = await reportStatus({ ...pod, namespace }, { phase: 'Pending' })
    return { ...pod, namespace, uid }
  })
}

/** The kubelet's word: its address, its phase. Resolves with the pod's UID. */
export async function reportStatus(
  { namespace, name, ip }: Pick<BoundPod, 'namespace' | 'name' | 'ip'>,
  { phase }: { phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' },
): Promise<string> {
  const client = api()
  const pod = await client.readNamespacedPod({ namespace, name })
  const status = { ...pod.status, phase, podIP: ip, podIPs: [{ ip }] }
  const reported = await client.replaceNamespacedPodStatus({ namespace, name, body: { ...pod, status } })
  return reported.metadata?.uid ?? ''
}

/** Deletes at once, as `kubectl delete --force` does. */
export async function forceDelete({ namespace, name }: Pick<BoundPod, 'namespace' | 'name'>): Promise<void> {
  await api().deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 })
}

/** A token as the kubelet projects it into our containers. */
export async function drawToken({ namespace, name, uid }: BoundPod, audience = 'greenroom'): Promise<string> {
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid }
  const spec = { audiences: [audience], expirationSeconds: 600, boundObjectRef }
  const request = { name: 'default', namespace, body: { spec } }
  const { status } = await api().createNamespacedServiceAccountToken(request)
  return status?.token ?? ''
}

/** What the webhook wrote for the pod's init container. */
export async function readSettings({ namespace, name }: BoundPod): Promise<string> {
  const { spec } = await api().readNamespacedPod({ namespace, name })
  const container = spec?.initContainers?.find((each) => each.name === 'greenroom-authorize')
  const settings = container?.env?.find((each) => each.name === 'GREENROOM_SETTINGS')?.value
  if (settings === undefined) throw new Error(`${name} was not injected`)
  return settings
}
