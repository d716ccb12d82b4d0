import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { requireFreePort } from './free-port.ts'
import { watchGrants } from './grants-file.ts'
import { createKubelet, type Kubelet } from './kubelet.ts'
import { balance } from './load-balancer.ts'
import type { Narrator } from './narrator.ts'
import { startOrder } from './order.ts'
import type { Playbill } from './playbill.ts'
import type { Pod } from './pod.ts'
import { portOf } from './readiness.ts'
import type { RunFolder } from './run-folder.ts'
import { buildStage } from './stage.ts'
import { createTimeline, type Timed, type Timeline, waitFor } from './timeline.ts'

interface Telling {
  readonly run: RunFolder
  readonly narrator: Narrator
}

/** Plays an admitted pod's life: start, some traffic, delete. Returns all that was seen of it. */
export async function playLife(
  pod: Pod,
  ip: string,
  playbill: Playbill,
  { run, narrator }: Telling,
): Promise<readonly Timed[]> {
  const parts = startOrder(pod)
  for (const { container } of parts)
    for (const { containerPort } of container.ports) await requireFreePort(containerPort, `container ${container.name}`)

  narrator.chapter('On stage: the pod, started as a kubelet does')
  const identity = { uid: crypto.randomUUID(), ip }
  const stage = buildStage(pod, { ...run, identity, images: playbill.images })
  const timeline = createTimeline(() => performance.now())
  timeline.listen(narrator.timeline(parts.map(({ container }) => container.name)))
  const kubelet = createKubelet(pod, ip, stage, timeline)
  const { marker, request } = playbill.loadBalancer
  const stopGrants = watchGrants(playbill.grants, timeline)
  const stopTraffic = balance(urlOf(pod, ip, marker), urlOf(pod, ip, request), timeline)
  try {
    await comeOnline(kubelet, timeline, playbill.onlineLimitMs)
    await delay(playbill.trafficMs)
    narrator.chapter('Off stage: the pod, deleted')
    await kubelet.delete()
  } finally {
    await stopTraffic()
    stopGrants()
  }
  const grants = readFileSync(playbill.grants, 'utf8').trim()
  narrator.said('grants file', `${basename(playbill.grants)} at the end: ${grants}`)
  return timeline.happenings
}

/** Whether it came online is left to the verdict: a pod that did not is deleted like any other. */
async function comeOnline(kubelet: Kubelet, timeline: Timeline, limitMs: number): Promise<void> {
  const online = Promise.all([
    waitFor(timeline, (happening) => happening.kind === 'pod-ready' && happening.ready, limitMs),
    waitFor(timeline, (happening) => happening.kind === 'marker' && happening.there, limitMs),
  ])
  await Promise.race([online, kubelet.start().then(() => online)])
}

/** Where a container is asked from outside: at the port of its readiness probe. */
function urlOf(pod: Pod, ip: string, { container: name, path }: Playbill['loadBalancer']['marker']): URL {
  const container = startOrder(pod).find((part) => part.container.name === name)?.container
  const port = container?.readinessProbe?.httpGet.port
  if (!container || port === undefined) throw new Error(`The pod has no container ${name} with a readiness probe.`)
  return new URL(path, `http://${ip}:${portOf(container, port)}`)
}
