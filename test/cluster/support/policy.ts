import { findSidecar } from './injected.ts'
import { kubectl, kubectlWith } from './kubectl.ts'
import type { Pod } from './pod.ts'

const policyOf = (name: string, spec: object) => ({
  apiVersion: 'greenroom.dev/v1alpha1',
  kind: 'InjectionPolicy',
  metadata: { name },
  spec,
})

/** A policy that injects pods which do not ask, in namespaces with that label; with the short times of the other tests. */
export const injectingAlways = (team: string) => ({
  priority: 10,
  inject: 'always',
  namespaceSelector: { matchLabels: { team } },
  drain: { min: '500ms', max: '5s', quiet: '300ms' },
  hooks: { preStart: 'Off' },
})

/** Applies a policy; what the API server said. */
export const applyPolicy = (name: string, spec: object) => kubectlWith([policyOf(name, spec)], 'apply')

/** Applies a policy that is right, and resolves once Greenroom says that it holds. */
export async function setPolicy(name: string, spec: object): Promise<void> {
  const { code, output } = await applyPolicy(name, spec)
  if (code !== 0) throw new Error(output)
  const generation = await kubectl('get', 'injectionpolicy', name, '-o', 'jsonpath={.metadata.generation}')
  const condition = `jsonpath={.status.conditions[?(@.type=="Accepted")].observedGeneration}=${generation}`
  await kubectl('wait', `injectionpolicy/${name}`, `--for=${condition}`, '--timeout=30s')
}

export async function deletePolicy(name: string): Promise<void> {
  await kubectl('delete', 'injectionpolicy', name, '--ignore-not-found')
}

/** The pod as the API server would store it, or its refusal, and what it warned of. */
export interface DryRun {
  readonly pod: Pod | undefined
  readonly output: string
}

/** Creates the pod in the namespace, but for real. */
export async function dryRun(namespace: string, pod: object): Promise<DryRun> {
  const { code, output } = await kubectlWith([pod], 'create', '-n', namespace, '--dry-run=server', '-o', 'json')
  const begin = output.indexOf('{\n')
  return { pod: code === 0 ? JSON.parse(output.slice(begin, output.lastIndexOf('}') + 1)) : undefined, output }
}

export const isInjected = ({ pod }: DryRun): boolean => pod !== undefined && findSidecar(pod) !== undefined

/** What Greenroom wrote down about the pod; undefined: nothing. */
export function statusAnnotationOf({ pod }: DryRun): Record<string, unknown> | undefined {
  const text = pod?.metadata.annotations?.['greenroom.dev/status']
  return text === undefined ? undefined : JSON.parse(text)
}
