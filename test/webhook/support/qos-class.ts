import type { Amounts, Pod } from './generated.ts'

const supported = ['cpu', 'memory']
const factors: Readonly<Record<string, number>> = { '': 1, m: 1e-3, Mi: 2 ** 20, Gi: 2 ** 30 }

/** An amount in the few spellings that the generated pods have, and ours, in thousandths. */
export function amountOf(text: string): number {
  const [, number = '', suffix = ''] = /^(\d+)(\w*)$/.exec(text) ?? []
  const factor = factors[suffix]
  if (factor === undefined || number === '') throw new Error(`${text}: a spelling that this test does not read`)
  return Math.round(Number(number) * factor * 1000)
}

/**
 * A pod's QoS class as the API server works it out, step by step: `ComputePodQOS` in
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/v1/helper/qos/qos.go
 */
export function qosClass({ spec }: Pod): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const [requests, limits] = [new Map<string, number>(), new Map<string, number>()]
  const all = spec.resources ? [spec] : [...spec.containers, ...(spec.initContainers ?? [])]
  let isGuaranteed = true
  for (const { resources } of all) {
    addAmounts(requests, resources?.requests)
    if (addAmounts(limits, resources?.limits) < supported.length) isGuaranteed = false
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  for (const [name, amount] of requests) if (limits.get(name) !== amount) isGuaranteed = false
  return isGuaranteed && requests.size === limits.size ? 'Guaranteed' : 'Burstable'
}

/** How many of the amounts count. */
function addAmounts(sums: Map<string, number>, amounts: Amounts | undefined): number {
  const counted = supported
    .map((name) => [name, amounts?.[name] ? amountOf(amounts[name]) : 0] as const)
    .filter(([, amount]) => amount > 0)
  for (const [name, amount] of counted) sums.set(name, (sums.get(name) ?? 0) + amount)
  return counted.length
}
