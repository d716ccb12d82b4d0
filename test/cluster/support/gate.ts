import { readFileSync } from 'node:fs'
import { podProcessIds } from './cgroup.ts'
import { labelOf, readServing, restart, rolledOut, sampleOf, system } from './component.ts'
import { kubectl, kubectlWith } from './kubectl.ts'
import type { Pod } from './pod.ts'

const folder = new URL('..', import.meta.url).pathname
/** Pods that ask the gate; above the policy of the other tests. */
const gated = `${folder}gated/policy.yaml`
/** The reference server's Service. */
const service = { endpoint: 'http://10.96.0.80:8080' }

/** What all tests let the namespaces of tests have. */
const bindings = [{ namespaces: ['gate-*'], applications: ['*'], resources: ['mysql:*', 'redis:*'] }]

/** Installs the gate, and has the webhook send pods to it; returns the way back. */
export async function installGate(): Promise<() => Promise<void>> {
  await kubectl('apply', '-k', `${folder}gate`)
  await setGatePolicy({})
  // The gate's authority is a ConfigMap that has just been made: new pods have it at once, running ones within a minute.
  await restart('greenroom')
  const uninstall = async () => {
    await kubectl('delete', '-f', gated, '--ignore-not-found')
    await kubectl('delete', '-k', `${folder}gate`, '--wait=false')
  }
  try {
    await kubectl('apply', '-f', gated)
    await kubectl('wait', '--for=condition=Accepted', '--timeout=60s', 'injectionpolicy/gated')
  } catch (error) {
    await uninstall() // Else all tests behind this one would fail, too.
    throw error
  }
  return uninstall
}

export interface PolicyChange {
  readonly service?: object
  readonly limits?: object
  readonly breaker?: object
  readonly revocations?: object
}

/** Replaces fields of the gate's policy; resolves once every replica has it. */
export async function setGatePolicy({ service: changes = {}, ...spec }: PolicyChange): Promise<void> {
  const policy = {
    apiVersion: 'greenroom.dev/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'test' },
    spec: { service: { ...service, ...changes }, bindings, limits: { replicas: 2 }, ...spec },
  }
  const name = 'greenroom-gate-policy'
  const data = { 'policy.yaml': JSON.stringify(policy) }
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: system }, data }
  const { code, output } = await kubectlWith([configMap], 'replace')
  if (code !== 0) throw new Error(output)
  await restart('greenroom-gate')
}

/** Resolves once so many replicas serve, or none is left. */
export async function scaleGate(replicas: number): Promise<void> {
  await kubectl('scale', '-n', system, 'deployment/greenroom-gate', `--replicas=${replicas}`)
  await rolledOut('greenroom-gate')
  if (replicas === 0) await kubectl('wait', '-n', system, '--for=delete', 'pod', '-l', labelOf('gate'), '--timeout=60s')
}

export interface LedgerEntry {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly application: string; readonly pod: string; readonly ip: string; readonly namespace: string }
  readonly status?: {
    readonly state: string
    readonly claim?: object
    readonly conditions?: readonly { reason: string; message: string }[]
  }
}

/** The ledger's entries of a namespace's pods. */
export async function readLedger(namespace: string): Promise<LedgerEntry[]> {
  const { items }: { items: LedgerEntry[] } = JSON.parse(
    await kubectl('get', 'authorizations', '-n', system, '-o', 'json'),
  )
  return items.filter(({ spec }) => spec.namespace === namespace)
}

/** The value of a metric without labels, or with the labels as written, summed over the replicas. */
export async function readGateMetric(name: string): Promise<number> {
  const texts = await Promise.all((await readServing('gate')).map(readMetrics))
  return texts.reduce((sum, text) => sum + (sampleOf(name, text) ?? 0), 0)
}

async function readMetrics({ metadata }: Pod): Promise<string> {
  return kubectl('get', '--raw', `/api/v1/namespaces/${system}/pods/https:${metadata.name}:8443/proxy/metrics`)
}

/** Kills the process of one replica, whichever comes first to hand, as the kernel does when memory is short. */
export async function killGate(random: () => number): Promise<void> {
  const pods = await readServing('gate')
  const pod = pods[Math.floor(random() * pods.length)]
  if (!pod) return
  const gate = podProcessIds(pod).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/gate.cjs'))
  if (gate !== undefined) process.kill(gate, 'SIGKILL')
}
