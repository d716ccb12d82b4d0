/**
 * Fixed names and paths of what Greenroom puts into a pod. They are part of the contract between releases: a second
 * admission pass, the sidecar, the command line and operators all find the same things by them.
 */

/** Prefix of every annotation and label that Greenroom reads or writes. */
export const keyPrefix = 'greenroom.dev/'

/** Ends the name of what a policy is in the registration; the policy's own is before it. */
export const policyEntrySuffix = '.policy.greenroom.dev'

/** Written at admission and never trusted as input: version, decision, what was done. */
export const statusAnnotation = `${keyPrefix}status` as const

/** Label of every injected pod, value `"true"`. */
export const injectedLabel = `${keyPrefix}injected` as const

/** Label of a ReplicaSet, value `"true"`: its pods come up with traffic although they ask to be held. */
export const releasedLabel = `${keyPrefix}released` as const

/** On the Secret of a certificate authority, to any value: an administrator wants it replaced now. Taken away once that is done. */
export const rotateAnnotation = `${keyPrefix}rotate` as const

/** On the same: when an authority was retired last, ISO 8601. */
export const retiredAtAnnotation = `${keyPrefix}retired-at` as const

export const volumeName = 'greenroom'

export const containerNames = {
  authorize: 'greenroom-authorize',
  sidecar: 'greenroom',
  preStart: 'greenroom-pre-start',
} as const

/** Sub-directories of the volume: the first three are what the app container sees, each read-only. */
export const subPaths = { helper: 'helper', shared: 'shared', www: 'www', empty: 'empty' } as const

/** Where the volume is mounted: whole in our containers, sub-directory `shared` in the app container. */
export const runMountPath = '/run/greenroom'

/** The token for the authorization service: its volume, where that is in our containers, and the file in it. */
export const bearer = { volumeName: 'greenroom-token', mountPath: '/run/greenroom-token', file: 'token' } as const

/** Where the helper is in our image, and where its copy is mounted in the app container. */
export const helperMountPath = '/greenroom'

/** Programs and bundles in our image. */
export const imagePaths = {
  node: '/nodejs/bin/node',
  bundles: '/opt/greenroom',
} as const

/** Where Kubernetes mounts the token of a pod's service account. */
export const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Kubernetes' default `terminationMessagePath`. */
export const terminationMessagePath = '/dev/termination-log'

/** The marker's file name: load balancers send traffic exactly while it exists. */
export const markerFile = 'healthcheck.html'

/** Loopback ports of a pod that is debugged: of the app's JVM, and of the session that people forward to. */
export const debugPorts = { jdwp: 50_005, session: 50_006 } as const

/** Path of the held readiness probe at the sidecar's port, and the header that carries the pod's probe token. */
export const readyPath = '/ready'
export const probeTokenHeader = 'Greenroom-Probe'

/** Path of the app's readiness probe at the sidecar's port, where `check` is on. */
export const checkPath = '/check'

/** Environment of our own containers. */
export const env = {
  settings: 'GREENROOM_SETTINGS',
  probeToken: 'GREENROOM_PROBE_TOKEN',
  check: 'GREENROOM_CHECK',
  vouch: 'GREENROOM_VOUCH',
  debug: 'GREENROOM_DEBUG',
  podName: 'GREENROOM_POD_NAME',
  podNamespace: 'GREENROOM_POD_NAMESPACE',
  podUid: 'GREENROOM_POD_UID',
  podIp: 'GREENROOM_POD_IP',
  podIps: 'GREENROOM_POD_IPS',
  nodeIp: 'GREENROOM_NODE_IP',
  /** For tests: the token's file, where it is another. */
  tokenFile: 'GREENROOM_TOKEN_FILE',
} as const
