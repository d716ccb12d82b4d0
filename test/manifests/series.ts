import { readFileSync } from 'node:fs'
import type { Registry } from '@prometheus-io/client'
import { createMetrics as createGateMetrics } from '../../authorization/gate/metrics.ts'
import { createMetrics as createControlPlaneMetrics } from '../../control-plane/metrics.ts'
import { isRecord, isTextList } from '../../policy/json.ts'
import { createMetrics as createWebhookMetrics } from '../../webhook/metrics.ts'

/** A metric as its registry has it. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** What Prometheus stores of it. */
  readonly series: readonly Series[]
}

export interface Series {
  readonly name: string
  readonly labels: readonly string[]
}

const registries: readonly Registry[] = [
  createWebhookMetrics().registry,
  createGateMetrics({
    entries: () => [],
    waiting: () => 0,
    breaker: () => 'closed',
    held: () => 0,
    runs: () => false,
    isCountingShared: () => false,
    expiries: () => ({}),
  }).registry,
  createControlPlaneMetrics({ isLeading: () => true, missed: () => [] }).registry,
]

const ofRegistries = registries.flatMap((registry) =>
  registry.getMetricsAsArray().map(({ name, help, type }) => {
    const labels = labelsOf(registry, name)
    return { name, help, labels, series: type === 'histogram' ? histogramSeries(name, labels) : [{ name, labels }] }
  }),
)

/** Of the node agent, whose shell writes them as Prometheus reads them. */
const agentText = readFileSync('lxcfs-mounts/shell/metrics.sh', 'utf8')
const ofAgent = [...agentText.matchAll(/^# HELP (\w+) (.*)$/gm)].map(([, name = '', help = '']): Metric => {
  const samples = [...agentText.matchAll(new RegExp(`^(${name}\\w*)(?:\\{(.*)\\})? `, 'gm'))]
  const labels = [...(samples[0]?.[2] ?? '').matchAll(/(\w+)=/g)].map(([, label = '']) => label)
  return {
    name,
    help,
    labels,
    series: [...new Set(samples.map(([, each = '']) => each))].map((each) => ({ name: each, labels })),
  }
})

/** Every metric of the webhook, then of the gate, of the control plane and of the node agent. */
export const metrics: readonly Metric[] = [...ofRegistries, ...ofAgent]

/** The values that a gauge's label has, from a scrape. */
export async function statesOf(name: string): Promise<readonly string[]> {
  const all = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))
  const values = all.flat().find((metric) => metric.name === name)?.values ?? []
  return values.map(({ labels }) => String(labels.state))
}

/** The client's types do not tell of label names. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  const metric: unknown = registry.getSingleMetric(name)
  if (isRecord(metric) && isTextList(metric.labelNames)) return metric.labelNames
  throw new TypeError(`${name} has no labelNames: the Prometheus client keeps them elsewhere now; mend labelsOf`)
}

function histogramSeries(name: string, labels: readonly string[]): readonly Series[] {
  return [
    { name: `${name}_bucket`, labels: [...labels, 'le'] },
    { name: `${name}_sum`, labels },
    { name: `${name}_count`, labels },
  ]
}
