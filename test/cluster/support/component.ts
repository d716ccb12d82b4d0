import { kubectl } from './kubectl.ts'
import { isReady, type Pod } from './pod.ts'

/** Greenroom's own namespace. */
export const system = 'greenroom-system'

/** Matches the pods of one of Greenroom's parts, such as `webhook`. */
export const labelOf = (component: string) => `app.kubernetes.io/component=${component}`

/** Pods of one of Greenroom's parts that serve. */
export async function readServing(component: string): Promise<Pod[]> {
  const list = await kubectl('get', 'pods', '-n', system, '-l', labelOf(component), '-o', 'json')
  const { items }: { items: Pod[] } = JSON.parse(list)
  return items.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp)
}

/** Resolves once a Deployment of Greenroom's runs as it is written. */
export async function rolledOut(deployment: string): Promise<void> {
  await kubectl('rollout', 'status', '-n', system, `deployment/${deployment}`, '--timeout=120s')
}

/** Replaces the pods of a Deployment of Greenroom's; resolves once that is done. */
export async function restart(deployment: string): Promise<void> {
  await kubectl('rollout', 'restart', '-n', system, `deployment/${deployment}`)
  await rolledOut(deployment)
}

/** The value of a series in Prometheus's text format, labels as they are written there; undefined: there is none. */
export function sampleOf(series: string, metrics: string): number | undefined {
  const line = metrics.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
