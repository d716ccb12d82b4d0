import type { Container, Pod, PodSpec } from '../test/cluster/support/pod.ts'

/** What a pod is created from: an injected pod as the API server would have stored it, without what it adds itself. */
export interface PodTemplate {
  readonly metadata: { readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> }
  readonly spec: PodSpec
}

const busybox = '/greenroom/busybox'
const nothing = { exec: { command: [busybox, 'true'] } }

/**
 * The injected pod with commands that do nothing: what Kubernetes itself takes for such a pod. The one thing that the
 * sidecar's still do is what the kubelet and the other commands cannot start without: busybox in the volume, and an answer
 * to the probe, given at once.
 */
export function withIdleCommands({ metadata, spec }: PodTemplate): PodTemplate {
  return {
    // Without our keys, which would bring the commands back.
    metadata: { ...metadata, annotations: {}, labels: { app: 'orders' } },
    spec: {
      ...spec,
      initContainers: (spec.initContainers ?? []).map((container) => {
        const { lifecycle, ...rest } = container
        return lifecycle ? { ...rest, ...idleSidecar } : { ...rest, command: [busybox, 'true'], args: [] }
      }),
      containers: spec.containers.map((container) => ({
        ...container,
        lifecycle: { postStart: nothing, preStop: nothing },
      })),
    },
  }
}

const answerAtOnce = `while read -r line && [ \${#line} -gt 1 ]; do :; done
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n'`

const idleSidecar = {
  command: [busybox, 'sh', '-c'],
  args: [
    `cd /run/greenroom && ${busybox} mkdir -p helper shared && ${busybox} cp ${busybox} helper/ &&
exec ${busybox} tcpsvd 0 15720 ${busybox} sh -c "$0"`,
    answerAtOnce,
  ],
  lifecycle: { postStart: nothing, preStop: nothing },
}

/** The injected pod, its marker asked for by a plain probe each second instead of the held one. */
export function withPlainProbe({ metadata, spec }: PodTemplate): PodTemplate {
  const readinessProbe = { httpGet: { path: '/healthcheck.html', port: 15720 }, periodSeconds: 1 }
  return {
    metadata,
    spec: {
      ...spec,
      initContainers: (spec.initContainers ?? []).map((container) =>
        container.readinessProbe ? { ...container, readinessProbe } : container,
      ),
    },
  }
}

/** The sidecar's own container, in which a Node process that has loaded what it needs waits for a request. */
export function asIdleNode(sidecar: Container): PodTemplate {
  const { lifecycle, readinessProbe, restartPolicy, volumeMounts, ...container } = sidecar
  const program = "require('node:http').createServer((_, answer) => answer.end()).listen(15720)"
  const command = ['/nodejs/bin/node', '--max-old-space-size=32', '-e', program]
  return {
    metadata: {},
    spec: { automountServiceAccountToken: false, containers: [{ ...container, command, args: [] }] },
  }
}

export function templateOf({ metadata: { annotations = {}, labels = {} }, spec }: Pod): PodTemplate {
  return { metadata: { annotations, labels }, spec }
}

export function podOf(name: string, { metadata, spec }: PodTemplate): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name }, spec }
}
