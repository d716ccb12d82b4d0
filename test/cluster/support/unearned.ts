import type { AppRun } from './app-runs.ts'
import { places, type Sighting } from './marker-observer.ts'
import { isReady, type Pod } from './pod.ts'

/** From the app's death to the removal of the marker: 50 ms on a quiet node; two busy cores with eight pods take far longer. */
const removalInFlightMs = 2000
/** From the app's death to Ready=False in the API server's watch. */
const readyGoneWithinMs = 6000

export interface Deaths {
  readonly runs: readonly AppRun[]
  readonly appKilledAt: number | null
  /** Then nobody is there to remove the file, and nothing may serve it: the next app has a folder of its own. */
  readonly sidecarKilled: boolean
}

/** A time in which nobody may see a marker. */
interface Closed {
  readonly why: string
  readonly from: number
  readonly until: number
  readonly onDiskToo: boolean
}

/** Where and when a marker was seen without a live, warmed app, in words. */
export function findUnearnedMarkers(sightings: readonly Sighting[], deaths: Deaths): string[] {
  return closedTimes(deaths).flatMap((closed) =>
    places.flatMap((place) => {
      const seen = sightings.filter((sighting) => sighting.where === place && isWithin(sighting, closed))
      const [first] = seen
      if (!first) return []
      const firstMs = Math.max(0, Math.round(first.from - closed.from))
      return [`marker ${place} ${seen.length} times, first ${firstMs} ms ${closed.why}`]
    }),
  )
}

/** A file is there all the time between two looks; an answer was given at some time while it was waited for. */
function isWithin({ where, from, until }: Sighting, closed: Closed): boolean {
  if (where === 'on disk') return closed.onDiskToo && from < closed.until && until > closed.from
  return from > closed.from && until < closed.until
}

function closedTimes({ runs, appKilledAt, sidecarKilled }: Deaths): Closed[] {
  const warming = runs.map(({ startedAt, warmedAt }, index) => ({
    why: `into run ${index + 1} of the app, whose preOnline was not done yet`,
    from: startedAt,
    until: warmedAt ?? runs[index + 1]?.startedAt ?? Number.POSITIVE_INFINITY,
    onDiskToo: !sidecarKilled,
  }))
  if (appKilledAt === null) return warming
  const next = runs.find(({ startedAt }) => startedAt > appKilledAt)
  const dead = {
    why: 'into the time in which the app was dead',
    from: appKilledAt + removalInFlightMs,
    until: next?.startedAt ?? Number.POSITIVE_INFINITY,
    onDiskToo: !sidecarKilled,
  }
  return [...warming, dead]
}

type History = readonly { readonly at: number; readonly pod: Pod }[]

/** Each Ready=True has to come after the preOnline of a run that was current when the kubelet may have decided it. */
export function findUnearnedReady(history: History, runs: readonly AppRun[]): string[] {
  return history
    .filter(({ pod }, index) => isReady(pod) && !isReady(history[index - 1]?.pod ?? pod))
    .map(decidedWithin)
    .filter(({ from, until }) => !runs.some((run, index) => isWarmWithin(run, runs[index + 1], from, until)))
    .map((decided) => `Ready=True without a warmed app: ${JSON.stringify({ decided, runs })}`)
}

/** On a busy node the watch may show it only after the next run has begun. The kubelet writes down whole seconds. */
function decidedWithin({ at, pod: { status } }: History[number]): { readonly from: number; readonly until: number } {
  const since = Date.parse(status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '')
  return Number.isNaN(since) ? { from: at, until: at } : { from: since, until: Math.min(at, since + 999) }
}

const isWarmWithin = ({ warmedAt }: AppRun, next: AppRun | undefined, from: number, until: number) =>
  warmedAt !== null && warmedAt <= until && (next?.startedAt ?? Number.POSITIVE_INFINITY) > from

export function findLateReady(history: History, appKilledAt: number): string[] {
  const unready = history.find(({ at, pod }) => at >= appKilledAt && !isReady(pod))
  const lateMs = (unready?.at ?? Number.POSITIVE_INFINITY) - appKilledAt
  return lateMs > readyGoneWithinMs ? [`Ready=False only ${lateMs} ms after the app's death`] : []
}
