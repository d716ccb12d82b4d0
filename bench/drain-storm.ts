import { setInterval } from 'node:timers/promises'
import { ordersPod } from '../test/cluster/support/pod.ts'
import { firstProcessOf } from '../test/cluster/support/processes.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { usageMbReader } from './memory.ts'
import { podOf, templateOf, withIdleCommands } from './peers.ts'

/** As many as a node loses when it is drained. */
const stormPods = 60
const lookEveryMs = 100

/** All pods of a node deleted at once; then as many whose commands do nothing, for what Kubernetes itself takes. */
export async function measureDrainStorm(ground: Ground): Promise<Figure[]> {
  const idle = withIdleCommands(templateOf(await ground.dryRun(ordersPod('template'))))
  const numbers = Array.from({ length: stormPods }, (_, number) => number)
  const ours = await storm(
    ground,
    numbers.map((number) => ordersPod(`orders-${number}`)),
  )
  const theirs = await storm(
    ground,
    numbers.map((number) => podOf(`idle-${number}`, idle)),
  )
  return [
    figure('drain-storm', 'peak_mb', [ours.peakMb], [theirs.peakMb]),
    figure('drain-storm', 'median_s', ours.seconds, theirs.seconds),
  ]
}

/** Seconds from each pod's deletion until it was gone, and what all sidecars together had at their most. */
async function storm(ground: Ground, pods: readonly object[]) {
  ground.say(`starting ${pods.length} pods`)
  const running = await ground.start(pods)
  const usages = running.map((pod) => usageMbReader(firstProcessOf(pod, 'greenroom').pid))
  let peakMb = 0
  const ended = new AbortController()
  const watching = (async () => {
    for await (const _ of setInterval(lookEveryMs, undefined, { signal: ended.signal })) {
      peakMb = Math.max(
        peakMb,
        usages.reduce((sum, readMb) => sum + readMb(), 0),
      )
    }
  })().catch(() => undefined)
  ground.say('deleting all of them')
  const seconds = await Promise.all(
    running.map(async ({ metadata: { name } }) => {
      const deletedAt = await ground.delete(name)
      return ((await ground.namespace.untilGone(name, 300_000)) - deletedAt) / 1000
    }),
  )
  ended.abort()
  await watching
  return { seconds, peakMb }
}
