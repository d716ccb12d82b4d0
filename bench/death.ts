import { setTimeout as sleep } from 'node:timers/promises'
import { isReady, ordersPod, type Pod } from '../test/cluster/support/pod.ts'
import { firstProcessOf } from '../test/cluster/support/processes.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { untilProbeHeld } from './held-probe.ts'
import { partOfPeriod } from './kubelet-period.ts'
import { untilMarkerGone, watchMarker } from './marker.ts'

/** kill -9 of the app, once in each pod, injected and plain by turns, each pod back before the next is killed. */
export async function measureDeath(ground: Ground): Promise<Figure[]> {
  const rounds = Array.from({ length: ground.samples }, (_, round) => round)
  ground.say(`starting ${2 * ground.samples} pods`)
  const plain = await ground.start(rounds.map((round) => plainPod(`plain-${round}`)))
  const injected = await ground.start(rounds.map((round) => ordersPod(`injected-${round}`)))
  for (const pod of injected) await untilProbeHeld(pod)

  const deaths: Death[] = []
  const plainDeaths: number[] = []
  for (const round of rounds) {
    const [ours, theirs] = [injected[round], plain[round]]
    if (!ours || !theirs) continue
    await sleep(partOfPeriod(round, ground.samples))
    const death = await killInjected(ground, ours)
    await sleep(partOfPeriod(round, ground.samples))
    const notReadyMs = await killPlain(ground, theirs)
    ground.say(
      `${round + 1} of ${ground.samples}: marker removed after ${death.removedMs} ms, 404 after ${death.goneMs} ms, ` +
        `NotReady after ${death.notReadyMs} ms; plain: NotReady after ${notReadyMs} ms`,
    )
    deaths.push(death)
    plainDeaths.push(notReadyMs)
  }
  const all = (delay: keyof Death) => deaths.map((death) => death[delay])
  return [
    figure('death', 'marker_gone_ms', all('goneMs'), plainDeaths),
    figure('death', 'marker_removed_ms', all('removedMs'), plainDeaths),
    figure('death', 'not_ready_ms', all('notReadyMs'), plainDeaths),
  ]
}

interface Death {
  readonly goneMs: number
  readonly removedMs: number
  readonly notReadyMs: number
}

async function killInjected(ground: Ground, pod: Pod): Promise<Death> {
  const app = pidOfApp(pod)
  const marker = watchMarker(pod)
  const killedAt = kill(app)
  const goneAt = await untilMarkerGone(pod)
  const removedAt = await marker.gone
  marker.stop()
  const notReadyAt = await untilNotReady(ground, pod, killedAt)
  await ground.namespace.until(pod.metadata.name, 'Ready again', isReady)
  return { goneMs: goneAt - killedAt, removedMs: removedAt - killedAt, notReadyMs: notReadyAt - killedAt }
}

async function killPlain(ground: Ground, pod: Pod): Promise<number> {
  const killedAt = kill(pidOfApp(pod))
  const notReadyAt = await untilNotReady(ground, pod, killedAt)
  await ground.namespace.until(pod.metadata.name, 'Ready again', isReady)
  return notReadyAt - killedAt
}

function kill(pid: number): number {
  const at = Date.now()
  process.kill(pid, 'SIGKILL')
  return at
}

const pidOfApp = (pod: Pod): number => firstProcessOf(pod, 'app').pid

/** The history remembers, for the pod may be Ready again before anyone looks. */
async function untilNotReady({ namespace }: Ground, { metadata: { name } }: Pod, since: number): Promise<number> {
  const find = () => namespace.history(name).find(({ at, pod }) => at >= since && !isReady(pod))?.at
  await namespace.until(name, 'not Ready', () => find() !== undefined)
  return find() ?? Number.NaN
}

/** As a team would have it without Greenroom, with its own readiness probe each second. */
function plainPod(name: string): object {
  return { ...ordersPod(name), metadata: { name } }
}
