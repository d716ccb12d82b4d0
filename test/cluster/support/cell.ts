import { type Actor, killActor } from './actors.ts'
import { readAppRuns } from './app-runs.ts'
import { readGrants } from './authorization-server.ts'
import { followJournal, readJournal } from './journal.ts'
import { type MarkerObserver, observeMarker } from './marker-observer.ts'
import type { Namespace } from './namespace.ts'
import { isReady, ordersPod, type Pod, statusOf } from './pod.ts'
import { findLateReady, findUnearnedMarkers, findUnearnedReady } from './unearned.ts'
import { untilTrue } from './until-true.ts'
import { untilInVolume, untilVolumeExists } from './volume.ts'

const backWithinMs = 30_000
/** A Node that is awake is found at once; one that the line wakes, as soon as two busy cores have started it. */
const wakeWithinMs = 8000
/** What the kubelet needs beyond the grace period to take down the sandbox, and to say so. */
const afterGraceMs = 10_000

/** One actor's death at one line of the journal. */
export interface Cell {
  /** For the table: seconds, or why not. */
  readonly outcome: string
  readonly problems: readonly string[]
}

export interface CellInput {
  readonly namespace: Namespace
  readonly actor: Actor
  /** A line of the journal, without its time and boot. */
  readonly line: string
  /** At this line the actor is about to leave, so the kill may come too late. It is never tried again. */
  readonly mayBeGone: boolean
}

export const healthcheckDir = { 'greenroom.dev/healthcheck-dir': '/web/greenroom' }

/** Each hook has some length, so that its lines are moments apart. */
export const matrixPod = (name: string, ...companions: object[]) =>
  ordersPod(name, {
    env: { PRE_ONLINE: '3 200ms 0', VERIFY: '3 200ms 0', POST_OFFLINE: '3 200ms 0' },
    annotations: { ...healthcheckDir, 'greenroom.dev/verify': '/app/more/verify' },
    companions,
  })

/** `hook-requested BOOT preOnline` is the line `hook-requested preOnline`. */
export const lineOf = (words: string): string =>
  words
    .match(/^(hook-requested|hook-exited) \S+ (.+)$/)
    ?.slice(1)
    .join(' ') ?? words.replace(/ .*/, '')

/** Kills on the way up: the pod has to be online again in time, showing nothing that was not earned, and to end in order. */
export async function playUp(input: CellInput): Promise<Cell> {
  const { namespace, actor, line } = input
  const name = nameOf(input)
  await namespace.create(matrixPod(name))
  const pod = await namespace.until(name, 'seen', () => true)
  const last = () => namespace.history(name).at(-1)?.pod ?? pod
  const marker = observeMarker(last)
  await untilVolumeExists(pod)

  const killedAt = await killAtLine(pod, input)
  const since = killedAt ?? Date.now()
  const restarts = killedAt === null ? {} : restartsAfter(input)
  const isBack = () => isReady(last()) && hasRestarted(last(), restarts) && marker.isShown(since)
  const backAt = await untilTrue(isBack, since + backWithinMs)

  const journal = readJournal(pod).map(({ words }) => words)
  const history = namespace.history(name)
  const runs = readAppRuns(pod)
  const appKilledAt = actor === 'app' || actor === 'both' ? killedAt : null
  const problems = [
    ...hit(killedAt, input),
    ...(backAt === null ? [`not online again within ${backWithinMs} ms: ${JSON.stringify(last().status)}`] : []),
    ...findUnearnedMarkers(marker.sightings, { runs, appKilledAt, sidecarKilled: actor === 'both' }),
    ...findUnearnedReady(history, runs),
    ...(line === 'online' && appKilledAt !== null ? findLateReady(history, appKilledAt) : []),
    ...(runs.some(({ hooksOverlap }) => hooksOverlap) ? ['two preOnline ran at once'] : []),
    ...(await walkOff(input, { pod, marker, ended: lastLines })).problems,
  ]
  const outcome = killedAt === null ? nobody(actor) : seconds(killedAt, backAt)
  return { outcome, problems: problems.length > 0 ? [...problems, ...journal] : [] }
}

/** Kills after the deletion: the marker never comes back, and the pod goes. */
export async function playDown(input: CellInput): Promise<Cell> {
  const { namespace, actor } = input
  const name = nameOf(input)
  await namespace.create(matrixPod(name))
  const pod = await namespace.until(name, 'Ready', isReady)
  const marker = observeMarker(() => pod)
  // What is expected of an app container or a sidecar that was killed says nothing about a kill that came too late.
  const ended = {
    authorize: lastLines,
    app: lastLines,
    both: [],
    sidecar: [],
    node: lastLines,
    agent: lastLines,
    keeper: lastLines,
  }
  const [killedAt, ending] = await Promise.all([
    killAtLine(pod, input),
    walkOff(input, { pod, marker, ended: ended[actor] }),
  ])
  const problems = [...hit(killedAt, input), ...ending.problems]
  const outcome = killedAt === null ? nobody(actor) : seconds(ending.deletedAt, ending.goneAt)
  return { outcome: ending.isGrantLeft ? `${outcome}, grant left` : outcome, problems }
}

/** How a pod ends whose sidecar lives: the app's preStop was let go, not given up, and nothing stays authorized. */
const lastLines = ['exited', 'terminating', 'revoked']

/** Deletes the pod and sees to it that it goes: marker off for good, in time, and with the lines `ended` in its journal. */
async function walkOff(
  { namespace }: CellInput,
  { pod, marker, ended }: { pod: Pod; marker: MarkerObserver; ended: readonly string[] },
) {
  const { name, uid } = pod.metadata
  const limitMs = (pod.spec.terminationGracePeriodSeconds ?? 0) * 1000 + afterGraceMs
  const journal = followJournal(pod)
  marker.leaveAppAlone()
  const deletedAt = Date.now()
  await namespace.delete(name)
  const goneAt = await namespace.untilGone(name, limitMs)
  marker.stop()
  const words = journal.stop().map(({ words }) => words)

  const markerGoneAt = marker.goneAt(deletedAt)
  const isGrantLeft = uid in (await readGrants())
  const problems = [
    ...ended.filter((line) => !words.some((words) => lineOf(words) === line)).map((line) => `no line "${line}"`),
    ...(isGrantLeft && ended.includes('revoked') ? ['the grant is left'] : []),
    ...(markerGoneAt === undefined ? ['the marker stayed'] : []),
    ...marker.sightings
      .filter(({ from }) => markerGoneAt !== undefined && from > markerGoneAt)
      .map(({ where, from }) => `the marker came back ${where}, ${from - (markerGoneAt ?? 0)} ms after it had gone`),
  ]
  return { deletedAt, goneAt, isGrantLeft, problems: problems.length > 0 ? [...problems, ...words] : [] }
}

/** Resolves with the time of the kill; null if there was nobody to kill. Never tried again. */
async function killAtLine(pod: Pod, { actor, line, mayBeGone }: CellInput): Promise<number | null> {
  const look = (journal: string) => journal.split('\n').find((text) => lineOf(text.replace(/^\S+ /, '')) === line)
  await untilInVolume(pod, { file: 'journal', what: `line "${line}"`, withinMs: 60_000 }, look)
  return killActor(pod, actor, mayBeGone ? 0 : wakeWithinMs)
}

function hit(killedAt: number | null, { actor, line, mayBeGone }: CellInput): string[] {
  return killedAt === null && !mayBeGone ? [`${actor} was not there at ${line}`] : []
}

const nobody = (actor: Actor) => (actor === 'node' ? 'at rest' : 'gone')

/** How often each container was started again. */
export type Restarts = Readonly<Partial<Record<'app' | 'greenroom' | 'greenroom-authorize', number>>>

/** Exactly those, and no others. */
export function hasRestarted(pod: Pod, restarts: Restarts): boolean {
  const expected = { app: 0, greenroom: 0, 'greenroom-authorize': 0, ...restarts }
  return Object.entries(expected).every(([name, count]) => statusOf(pod, name)?.restartCount === count)
}

/** Only containers whose first process was killed start again. */
function restartsAfter({ actor }: CellInput): Restarts {
  return {
    app: actor === 'app' || actor === 'both' ? 1 : 0,
    greenroom: actor === 'sidecar' || actor === 'both' ? 1 : 0,
    'greenroom-authorize': actor === 'authorize' ? 1 : 0,
  }
}

const nameOf = ({ actor, line }: CellInput) =>
  `${actor}-${line.toLowerCase().replace(/[^a-z]+/g, '-')}`.replace(/-$/, '')

const seconds = (from: number, until: number | null) =>
  until === null ? 'NEVER' : `${((until - from) / 1000).toFixed(1)} s`
