import { Counter, Gauge, Registry } from '@prometheus-io/client'
import { type EvictionAnswer, evictionAnswers } from './eviction.ts'
import type { Missed } from './survey.ts'

export interface Readings {
  readonly isLeading: () => boolean
  /** As of the last survey; none where another replica leads. */
  readonly missed: () => readonly Missed[]
}

/** The control plane's metrics. Its labels have other names than those by which Prometheus tells pods of ours apart. */
export function createMetrics({ isLeading, missed }: Readings) {
  const registry = new Registry()
  const registers = [registry]
  new Gauge({
    name: 'greenroom_control_plane_leading',
    help: '1: this replica leads; 0: it waits for the other.',
    registers,
    collect() {
      this.set(isLeading() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'greenroom_control_plane_missed_pods',
    help: 'Pods that were to be injected, but were created while no webhook answered, by their namespace and policy.',
    labelNames: ['pod_namespace', 'policy'],
    registers,
    collect() {
      this.reset()
      for (const { pod, policyName = '' } of missed()) this.inc({ pod_namespace: pod.namespace, policy: policyName })
    },
  })
  const evictions = new Counter({
    name: 'greenroom_control_plane_evictions_total',
    help: 'Evictions that were asked for by answer: evicted, budget (of a PodDisruptionBudget), gone, failed.',
    labelNames: ['answer'],
    registers,
  })
  // There before the first event, or the first one would be no increase.
  for (const answer of evictionAnswers) evictions.inc({ answer }, 0)
  return { registry, countEviction: (answer: EvictionAnswer) => evictions.inc({ answer }) }
}
