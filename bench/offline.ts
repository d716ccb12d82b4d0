import { isReady, ordersPod, type Pod, statusOf } from '../test/cluster/support/pod.ts'
import { untilTrue } from '../test/cluster/support/until-true.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { untilProbeHeld } from './held-probe.ts'
import { partOfPeriod } from './kubelet-period.ts'
import { untilMarkerGone } from './marker.ts'
import { type Exec, watchExecs } from './runtime-events.ts'

/** Deletes pods that serve, one at a time: when the kubelet began to run a preStop, and when load balancers saw it. */
export async function measureOffline(ground: Ground): Promise<Figure[]> {
  const execs = await watchExecs()
  const afterPreStop: number[] = []
  const afterDeletion: number[] = []
  const kubelets: number[] = []
  try {
    for (let round = 1; round <= ground.samples; round++) {
      const name = `orders-${round}`
      await ground.create(ordersPod(name))
      const pod = await ground.namespace.until(name, 'Ready', isReady)
      await untilProbeHeld(pod)
      const deletedAt = await ground.delete(name, partOfPeriod(round, ground.samples))
      const goneAt = await untilMarkerGone(pod)
      const preStopAt = await firstExec(execs.seen, pod, deletedAt)
      await ground.namespace.untilGone(name)
      ground.say(
        `${round} of ${ground.samples}: preStop ${preStopAt - deletedAt} ms after the deletion, 404 ${goneAt - preStopAt} ms after that`,
      )
      afterPreStop.push(goneAt - preStopAt)
      afterDeletion.push(goneAt - deletedAt)
      kubelets.push(preStopAt - deletedAt)
    }
  } finally {
    execs.stop()
  }
  return [figure('offline', 'marker_gone_ms', afterPreStop), figure('offline', 'deleted_ms', afterDeletion, kubelets)]
}

/** Sidecar's or app's: the kubelet runs both preStops at once. */
async function firstExec(seen: readonly Exec[], pod: Pod, since: number): Promise<number> {
  const containers = ['app', 'greenroom'].map((name) => statusOf(pod, name)?.containerID?.replace(/^.*:\/\//, ''))
  const find = () => seen.find(({ at, container }) => at >= since && containers.includes(container))?.at
  await untilTrue(() => find() !== undefined, Date.now() + 10_000)
  return find() ?? Number.NaN
}
