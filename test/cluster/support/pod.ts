/** What the tests read of a pod. */
export interface Pod {
  metadata: {
    name: string
    namespace: string
    uid: string
    resourceVersion: string
    deletionTimestamp?: string
    annotations?: Record<string, string>
    labels?: Record<string, string>
    ownerReferences?: { name: string }[]
  }
  spec: PodSpec
  status: {
    phase?: string
    podIP?: string
    qosClass?: string
    conditions?: { type: string; status: string; lastTransitionTime?: string }[]
    containerStatuses?: ContainerStatus[]
    initContainerStatuses?: ContainerStatus[]
  }
}

export interface PodSpec {
  initContainers?: Container[]
  containers: Container[]
  terminationGracePeriodSeconds?: number
  volumes?: { name: string }[]
  [field: string]: unknown
}

export interface Container {
  name: string
  image?: string
  args?: string[]
  env?: { name: string; value?: string }[]
  [field: string]: unknown
}

export interface ContainerStatus {
  name: string
  ready: boolean
  restartCount: number
  containerID?: string
  state?: {
    running?: { startedAt: string }
    waiting?: { reason?: string; message?: string }
    terminated?: { exitCode: number; message?: string; reason?: string }
  }
  lastState?: ContainerStatus['state']
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status
  return [...initContainerStatuses, ...containerStatuses].find(({ name }) => name === container)
}

/** As the runtime and cgroups name it; undefined before there is one. */
export const containerIdOf = (pod: Pod, container: string): string | undefined =>
  statusOf(pod, container)?.containerID?.replace(/^.*:\/\//, '')

/** The app's image as restricted namespaces want it. */
export function ordersContainer(name: string, env: Record<string, string> = {}): object {
  return {
    name,
    image: 'app:1',
    imagePullPolicy: 'Never',
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    // Nearly every service asks for some. Who asks for nothing gets what all others leave, which on a busy node is next to nothing.
    resources: { requests: { cpu: '5m', memory: '16Mi' } },
    securityContext: {
      runAsUser: 1000,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

/** What a team would write: one annotation, one container, one readiness probe, and nothing of ours. */
export function ordersPod(name: string, change: PodChange = {}) {
  const { env = {}, annotations = {}, labels = {}, spec = {}, container = {}, companions = [] } = change
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'orders', ...labels },
      annotations: { 'greenroom.dev/inject': 'true', ...annotations },
    },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        {
          ...ordersContainer('app', env),
          ports: [{ containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 },
          ...container,
        },
        ...companions,
      ],
      ...spec,
    },
  }
}

export interface PodChange {
  env?: Record<string, string>
  annotations?: Record<string, string>
  labels?: Record<string, string>
  spec?: object
  container?: object
  /** Other containers beside the app's. */
  companions?: object[]
}
