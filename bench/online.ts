import { readRecords, recordedAt } from '../test/cluster/support/app.ts'
import { untilJournal } from '../test/cluster/support/journal.ts'
import { isReady, ordersPod } from '../test/cluster/support/pod.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { partOfPeriod } from './kubelet-period.ts'
import { watchMarker } from './marker.ts'

/** Long enough for the watch on the marker to be there before it is written. */
const hookMs = 500

/** From the first 200 of the checkurl to the marker, one pod at a time; what the hook itself took, by its own words, is left out. */
export async function measureOnline(ground: Ground): Promise<Figure[]> {
  const delays: number[] = []
  for (let round = 1; round <= ground.samples; round++) {
    const markerMs = await healthyToMarker(ground, `orders-${round}`, partOfPeriod(round, ground.samples))
    await ground.clear(`orders-${round}`)
    ground.say(`${round} of ${ground.samples}: marker ${Math.round(markerMs)} ms after the first 200`)
    delays.push(markerMs)
  }
  return [figure('online', 'marker_ms', delays)]
}

/** The app's health begins at another part of the kubelet's second each time. */
async function healthyToMarker({ create, namespace }: Ground, name: string, afterMs: number): Promise<number> {
  await create(ordersPod(name, { env: { UNHEALTHY_FOR: `${1000 + afterMs}ms`, PRE_ONLINE: `1 ${hookMs}ms 0` } }))
  const warming = await namespace.until(name, 'running', ({ status }) => status.phase === 'Running')
  await untilJournal(warming, 'hook-requested')
  const marker = watchMarker(warming)
  const writtenAt = await marker.appeared
  marker.stop()
  const records = await readRecords(await namespace.until(name, 'Ready', isReady))
  const at = (what: string) => recordedAt(records, what)
  return writtenAt - at('health answered 200') - (at('preOnline exits') - at('preOnline begins'))
}
