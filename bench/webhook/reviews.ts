/** A review as an API server sends it, and the pod in it. */
export interface Sample {
  readonly name: string
  readonly pod: object
  readonly body: string
}

/** What the samples have where the review of another pod has something else. */
export const drawn = {
  uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
  tokenVolume: 'kube-api-access-x7k2p',
  templateHash: '6c9f7d5b48',
}

/** What all servers of the bench are asked by turns: pods of Deployments, from a few environment variables to many. */
export const samples = (): readonly Sample[] => [
  sample('small', { variables: 10 }),
  sample('medium', { variables: 40, command: ['/app/bin/orders', '--server.port=8080'], neighbours: 1 }),
  sample('large', { variables: 120, command: ['/app/bin/orders'], neighbours: 2 }),
]

interface Shape {
  readonly variables: number
  readonly command?: readonly string[]
  /** Containers beside the app's. */
  readonly neighbours?: number
}

export function sample(name: string, shape: Shape): Sample {
  const pod = podOf(shape)
  return { name, pod, body: JSON.stringify(reviewOf(pod)) }
}

const podUid = '8f0b7a52-3d0c-4d5e-9a5b-2f6a4e1d9c77'

/** With everything around the pod: who asks, with all groups, and for what. */
function reviewOf(pod: object) {
  const groupVersionKind = { group: '', version: 'v1', kind: 'Pod' }
  const groupVersionResource = { group: '', version: 'v1', resource: 'pods' }
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: drawn.uid,
      kind: groupVersionKind,
      resource: groupVersionResource,
      requestKind: groupVersionKind,
      requestResource: groupVersionResource,
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: podUid,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${podUid}`] },
      },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  }
}

const tokenMount = {
  name: drawn.tokenVolume,
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
}

/** As it is after the admission plugins that come before webhooks: managed fields, tolerations, the token's volume. */
function podOf({ variables, command, neighbours = 0 }: Shape) {
  const env = Array.from({ length: variables }, (_, index) => ({
    name: `ORDERS_SETTING_${index}`,
    value: `https://service-${index}.shop.svc.cluster.local:8443/api?limit=${index}`,
  }))
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: `orders-${drawn.templateHash}-`,
      namespace: 'shop',
      creationTimestamp: null,
      labels: { app: 'orders', 'app.kubernetes.io/name': 'orders', 'pod-template-hash': drawn.templateHash },
      annotations: { 'greenroom.dev/inject': 'true', 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `orders-${drawn.templateHash}`,
          uid: podUid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-11-20T19:02:41Z',
          fieldsType: 'FieldsV1',
          fieldsV1: managedFields(env),
        },
      ],
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: 'orders', defaultMode: 420 } },
        { name: tokenMount.name, projected: { sources: tokenSources, defaultMode: 420 } },
      ],
      containers: [
        {
          name: 'app',
          image: 'registry.example.com/shop/orders:2026.11.4',
          ...(command && { command }),
          ports: [
            { name: 'http', containerPort: 8080, protocol: 'TCP' },
            { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
          ],
          env,
          resources: { limits: { memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
          volumeMounts: [{ name: 'config', mountPath: '/app/config' }, tokenMount],
          livenessProbe: probe('/alive', 10),
          readinessProbe: probe('/health', 5),
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
        ...Array.from({ length: neighbours }, (_, index) => neighbour(index)),
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'orders',
      serviceAccount: 'orders',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  }
}

const probe = (path: string, periodSeconds: number) => ({
  httpGet: { path, port: 8080, scheme: 'HTTP' },
  initialDelaySeconds: 5,
  timeoutSeconds: 1,
  periodSeconds,
  successThreshold: 1,
  failureThreshold: 3,
})

const neighbour = (index: number) => ({
  name: `exporter-${index}`,
  image: 'registry.example.com/shop/exporter:1.9.0',
  args: ['--target=http://localhost:9090', `--listen=:${9100 + index}`],
  ports: [{ name: `exporter-${index}`, containerPort: 9100 + index, protocol: 'TCP' }],
  resources: { limits: { memory: '64Mi' }, requests: { cpu: '10m', memory: '64Mi' } },
  volumeMounts: [tokenMount],
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
})

const tokenSources = [
  { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  {
    downwardAPI: {
      items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
    },
  },
]

/** Half of a pod in an API server is who set what; each environment variable is in it too. */
function managedFields(env: readonly { readonly name: string }[]) {
  const variables = env.map(({ name }) => [`k:{"name":"${name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }] as const)
  return {
    'f:metadata': {
      'f:annotations': { '.': {}, 'f:greenroom.dev/inject': {}, 'f:prometheus.io/scrape': {} },
      'f:generateName': {},
      'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
      'f:ownerReferences': { '.': {}, [`k:{"uid":"${podUid}"}`]: {} },
    },
    'f:spec': {
      'f:containers': {
        'k:{"name":"app"}': {
          '.': {},
          'f:env': { '.': {}, ...Object.fromEntries(variables) },
          'f:image': {},
          'f:imagePullPolicy': {},
          'f:name': {},
          'f:readinessProbe': { '.': {}, 'f:httpGet': { '.': {}, 'f:path': {}, 'f:port': {}, 'f:scheme': {} } },
          'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:memory': {} } },
        },
      },
      'f:dnsPolicy': {},
      'f:restartPolicy': {},
      'f:terminationGracePeriodSeconds': {},
      'f:volumes': { '.': {}, 'k:{"name":"config"}': { '.': {}, 'f:configMap': {}, 'f:name': {} } },
    },
  }
}
