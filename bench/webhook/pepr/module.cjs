// The peer in pepr: a module that makes of a pod what Greenroom makes of it, as a platform team would write it. pepr's own controller
// serves it, and makes the patch by comparing. The bench holds its pods against Greenroom's before it measures anything.
const { randomBytes } = require('node:crypto')
const { Capability, PeprModule, a } = require('pepr')

const greenroom = new Capability({ name: 'greenroom', description: 'Greenroom, once more', namespaces: [] })

greenroom
  .When(a.Pod)
  .IsCreated()
  .WithAnnotation('greenroom.dev/inject', 'true')
  .Mutate(function inject({ Raw: pod }) {
    const app = findApp(pod)
    const probe = [app.readinessProbe, app.startupProbe, app.livenessProbe].find((each) => each?.httpGet)
    const port = choosePort(pod)
    const application = pod.metadata.labels['app.kubernetes.io/name'] ?? pod.metadata.labels.app
    addMetadata(pod.metadata, port)
    pod.spec.volumes = [...(pod.spec.volumes ?? []), { name: 'greenroom', emptyDir: {} }]
    pod.spec.initContainers = [
      sidecar(port, settings(application, app, probe.httpGet)),
      ...(pod.spec.initContainers ?? []),
    ]
    app.volumeMounts = [...(app.volumeMounts ?? []), part('helper', '/greenroom'), part('shared', runPath)]
    const problems = addLaunch(app)
    app.lifecycle = {
      ...app.lifecycle,
      postStart: run(busybox, 'sh', '/greenroom/start', runPath),
      preStop: run(busybox, 'sh', '/greenroom/offline', runPath, '62', '5'),
    }
    pod.spec.terminationGracePeriodSeconds = (pod.spec.terminationGracePeriodSeconds ?? 30) + 67
    const status = { version: '0.1.0', decision: 'inject', reason: 'Injected', container: app.name, port, application }
    pod.metadata.annotations['greenroom.dev/status'] = JSON.stringify({ ...status, ...problems })
  })

const busybox = '/greenroom/busybox'
const runPath = '/run/greenroom'
const run = (...command) => ({ exec: { command } })
const part = (subPath, mountPath) => ({ name: 'greenroom', mountPath, subPath, readOnly: true })

function findApp({ metadata, spec: { containers } }) {
  const wanted = metadata.annotations['kubectl.kubernetes.io/default-container'] ?? 'app'
  return containers.length === 1 ? containers[0] : containers.find(({ name }) => name === wanted)
}

function choosePort({ spec: { containers, initContainers = [] } }) {
  const taken = [...containers, ...initContainers].flatMap(({ ports = [] }) => ports.map((each) => each.containerPort))
  return [15720, 15721, 15722].find((port) => !taken.includes(port))
}

function addMetadata({ annotations, labels }, port) {
  labels['greenroom.dev/injected'] = 'true'
  for (const [key, item] of [
    ['cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes', 'greenroom'],
    ['traffic.sidecar.istio.io/excludeInboundPorts', String(port)],
    ['config.linkerd.io/skip-inbound-ports', String(port)],
  ])
    annotations[key] = annotations[key] ? `${annotations[key]},${item}` : item
}

function addLaunch(app) {
  if (app.command) {
    const launch = [busybox, 'sh', '/greenroom/launch', runPath, '300', 'optional', '1', '/app/hooks/preStart', '--']
    app.command = [...launch, ...app.command]
    return {}
  }
  const sentence = `PreStartNotRun: command of ${app.name} is missing, expected it or an entrypoint to run preStart before.`
  const fix =
    'Write command, greenroom.dev/entrypoint or greenroom.dev/pre-start; greenroom.dev/pre-start: "off" if there is none.'
  return { problems: [`${sentence} ${fix}`] }
}

function settings(application, app, { path, port, scheme = 'HTTP' }) {
  const hook = (name, timeoutMs) => ({ command: [`/app/hooks/${name}`], required: false, timeoutMs })
  const checkurl = { kind: 'http', scheme: scheme.toLowerCase(), port, path, headers: [], exactly200: false }
  const ports = (app.ports ?? []).map(({ containerPort }) => containerPort)
  return JSON.stringify({
    version: 1,
    application,
    checkurl: { ...checkurl, timeoutMs: 300_000 },
    hooks: {
      preOnline: hook('preOnline', 300_000),
      verify: hook('verify', 300_000),
      reload: hook('reload', 60_000),
      postOffline: hook('postOffline', 30_000),
    },
    hold: false,
    drain: { minMs: 5_000, maxMs: 30_000, quietMs: 2_000, ports },
    check: null,
    authorization: null,
  })
}

function sidecar(port, text) {
  const token = randomBytes(18).toString('base64url')
  const field = (name, fieldPath) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
  return {
    name: 'greenroom',
    image: 'greenroom:0.1.0',
    imagePullPolicy: 'IfNotPresent',
    command: [busybox, 'sh', '/greenroom/resident'],
    args: [runPath, String(port), '/nodejs/bin/node', '--max-old-space-size=32', '/opt/greenroom/sidecar.cjs'],
    env: [
      { name: 'GREENROOM_SETTINGS', value: text },
      field('GREENROOM_POD_NAME', 'metadata.name'),
      field('GREENROOM_POD_NAMESPACE', 'metadata.namespace'),
      field('GREENROOM_POD_UID', 'metadata.uid'),
      field('GREENROOM_POD_IP', 'status.podIP'),
      field('GREENROOM_POD_IPS', 'status.podIPs'),
      { name: 'GREENROOM_PROBE_TOKEN', value: token },
    ],
    resources: { requests: { cpu: '10m', memory: '24Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      runAsUser: 65532,
      runAsGroup: 65532,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: 'greenroom', mountPath: runPath },
      part('empty', '/var/run/secrets/kubernetes.io/serviceaccount'),
    ],
    restartPolicy: 'Always',
    ports: [{ containerPort: port, protocol: 'TCP' }],
    lifecycle: {
      postStart: run(busybox, 'sh', '/greenroom/barrier', runPath),
      preStop: run(busybox, 'sh', '/greenroom/deleting', runPath),
    },
    readinessProbe: {
      httpGet: { path: '/ready', port, httpHeaders: [{ name: 'Greenroom-Probe', value: token }] },
      periodSeconds: 1,
      timeoutSeconds: 10,
      failureThreshold: 1,
    },
  }
}

const pepr = { uuid: 'greenroom', onError: 'reject', webhookTimeout: 10, alwaysIgnore: { namespaces: [] }, env: {} }
const module_ = new PeprModule({ description: 'a bench', pepr }, [greenroom], { deferStart: true })
module_.start(Number(process.env.PORT))
