import { containerIdOf, isReady, ordersPod, type Pod } from '../test/cluster/support/pod.ts'
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
  const runtimes: number[] = []
  const kubelets: number[] = []
  try {
    for (let round = 1; round <= ground.samples; round++) {
      const name = `orders-${round}`
      await ground.create(ordersPod(name))
      const pod = await ground.namespace.until(name, 'Ready', isReady)
      await untilProbeHeld(pod)
      const deletedAt = await ground.delete(name, partOfPeriod(round, ground.samples))
      const goneAt = await untilMarkerGone(pod)
      const askedAt = await firstExec(execs.seen, pod, { what: 'added', since: deletedAt })
      const runsAt = await firstExec(execs.seen, pod, { what: 'started', since: deletedAt })
      await ground.namespace.untilGone(name)
      ground.say(
        `${round} of ${ground.samples}: preStop asked for ${askedAt - deletedAt} ms after the deletion, ` +
          `run after ${runsAt - deletedAt} ms, 404 after ${goneAt - deletedAt} ms`,
      )
      afterPreStop.push(goneAt - runsAt)
      afterDeletion.push(goneAt - deletedAt)
      runtimes.push(runsAt - askedAt)
      kubelets.push(runsAt - deletedAt)
    }
  } finally {
    execs.stop()
  }
  return [
    figure('offline', 'marker_gone_ms', afterPreStop, runtimes),
    figure('offline', 'deleted_ms', afterDeletion, kubelets),
  ]
}

/** Sidecar's or app's: the kubelet runs both preStops at once. */
async function firstExec(
  seen: readonly Exec[],
  pod: Pod,
  { what, since }: { what: Exec['what']; since: number },
): Promise<number> {
  const containers = ['app', 'greenroom'].map((name) => containerIdOf(pod, name))
  const find = () =>
    seen.find((exec) => exec.what === what && exec.at >= since && containers.includes(exec.container))?.at
  await untilTrue(() => find() !== undefined, Date.now() + 10_000)
  return find() ?? Number.NaN
}
