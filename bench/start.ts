import { setTimeout as sleep } from 'node:timers/promises'
import { isReady, ordersPod } from '../test/cluster/support/pod.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { partOfPeriod } from './kubelet-period.ts'
import { podOf, templateOf, withIdleCommands } from './peers.ts'

/**
 * Time to Ready, injected and idle pods by turns, one at a time. The pod before is gone at a look of the kubelet's, and
 * the rounds divide the second that follows.
 */
export async function measureStart(ground: Ground): Promise<Figure[]> {
  const idle = withIdleCommands(templateOf(await ground.dryRun(ordersPod('template'))))
  const ours: number[] = []
  const theirs: number[] = []
  // The first of each warms caches and does not count.
  for (let round = 0; round <= ground.samples; round++) {
    const afterMs = partOfPeriod(round, ground.samples)
    const seconds = await secondsToReady(ground, `injected-${round}`, { afterMs, makePod: (name) => ordersPod(name) })
    const idleSeconds = await secondsToReady(ground, `idle-${round}`, { afterMs, makePod: (name) => podOf(name, idle) })
    ground.say(`${round} of ${ground.samples}: ready after ${seconds} s, with idle commands ${idleSeconds} s`)
    if (round === 0) continue
    ours.push(seconds)
    theirs.push(idleSeconds)
  }
  return [figure('start', 'ready', ours, theirs)]
}

async function secondsToReady(
  ground: Ground,
  name: string,
  { afterMs, makePod }: { afterMs: number; makePod: (name: string) => object },
): Promise<number> {
  await sleep(afterMs)
  const createdAt = await ground.create(makePod(name))
  await ground.namespace.until(name, 'Ready', isReady)
  const readyAt = ground.namespace.history(name).find(({ pod }) => isReady(pod))?.at ?? Number.NaN
  await ground.clear(name)
  return (readyAt - createdAt) / 1000
}
