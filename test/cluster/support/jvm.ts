import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { lastLine } from '../../last-line.ts'
import type { PodChange } from './pod.ts'

const cluster = join(import.meta.dirname, '..')

/** Puts the image jvm:1 into the cluster, and has this machine a JDK. */
export function importJvm(): void {
  const archive = lastLine(execFileSync(join(cluster, 'jvm/build'), { encoding: 'utf8' }))
  execFileSync(join(cluster, 'import'), [archive])
}

/** How the image would start by itself, but for what only matters under load. */
export const ordersCommand = ['java', '-XX:TieredStopAtLevel=1', '-Xmx48m', '-cp', '/app', 'Orders']

/** The service on a JVM for debugging: two liveness probes in a row that fail, and it is restarted. */
export function jvmPod(name: string, { annotations = {}, container = {}, companions = [], spec = {} }: PodChange = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      annotations: {
        'greenroom.dev/inject': 'true',
        'greenroom.dev/debug': 'true',
        'greenroom.dev/drain': 'min=0s,max=1s,quiet=0s',
        ...annotations,
      },
    },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ ...jvmContainer('app'), command: ordersCommand, ...container }, ...companions],
      ...spec,
    },
  }
}

/** As restricted namespaces want it. */
export function jvmContainer(name: string, user = 1000): object {
  const livenessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds, failureThreshold, initialDelaySeconds: 5 }
  return {
    name,
    image: 'jvm:1',
    imagePullPolicy: 'Never',
    ports: [{ containerPort: 8080 }],
    livenessProbe,
    securityContext: {
      runAsUser: user,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

const periodSeconds = 3
const failureThreshold = 2

/** What its liveness probes need to find that it hangs. */
export const hangMs = periodSeconds * failureThreshold * 1000
