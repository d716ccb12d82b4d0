import { untilJournal } from '../test/cluster/support/journal.ts'
import { isReady, ordersPod } from '../test/cluster/support/pod.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { watchMarker } from './marker.ts'
import { podOf, templateOf, withPlainProbe } from './peers.ts'

/** How long preOnline takes: some seconds, as warming up does; the plain pod's ends later, so that neither disturbs the other. */
const hookMs = 5000
const plainHookMs = 7000
/** Neither begins with a second of the kubelet's. */
const jitterMs = 1000

/** From the marker to Ready, one injected and one plain pod at a time. */
export async function measureReady(ground: Ground): Promise<Figure[]> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 1; round <= ground.samples; round++) {
    const injected = warmingPod(`injected-${round}`, hookMs)
    const plain = withPlainProbe(templateOf(await ground.dryRun(warmingPod(`plain-${round}`, plainHookMs))))
    await ground.create(injected)
    await ground.create(podOf(`plain-${round}`, plain))
    const [followMs, plainMs] = await Promise.all([
      markerToReady(ground, `injected-${round}`),
      markerToReady(ground, `plain-${round}`),
    ])
    await ground.clear(`injected-${round}`, `plain-${round}`)
    ground.say(`${round} of ${ground.samples}: Ready ${followMs} ms after the marker, by a plain probe ${plainMs} ms`)
    ours.push(followMs)
    theirs.push(plainMs)
  }
  return [figure('ready', 'follow_ms', ours, theirs)]
}

function warmingPod(name: string, atLeastMs: number): object {
  return ordersPod(name, { env: { PRE_ONLINE: `1 ${Math.round(atLeastMs + Math.random() * jitterMs)}ms 0` } })
}

async function markerToReady({ namespace }: Ground, name: string): Promise<number> {
  const warming = await namespace.until(name, 'running', ({ status }) => status.phase === 'Running')
  await untilJournal(warming, 'hook-requested')
  const marker = watchMarker(warming)
  const writtenAt = await marker.appeared
  marker.stop()
  await namespace.until(name, 'Ready', isReady)
  return (namespace.history(name).find(({ pod }) => isReady(pod))?.at ?? Number.NaN) - writtenAt
}
