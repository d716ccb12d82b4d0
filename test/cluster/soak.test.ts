import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type Actor, killActor } from './support/actors.ts'
import { readCalls, readGrants } from './support/authorization-server.ts'
import { matrixPod } from './support/cell.ts'
import { inParallel } from './support/in-parallel.ts'
import { collectJournal, type JournalLine } from './support/journal.ts'
import { restartKubelet } from './support/kubelet.ts'
import { observeMarker, type Sighting } from './support/marker-observer.ts'
import { createNamespace } from './support/namespace.ts'
import { isReady, type Pod } from './support/pod.ts'
import { describeSchedule, drawSchedule, type Schedule } from './support/schedule.ts'
import { untilTrue } from './support/until-true.ts'
import { readVolume, untilVolumeExists } from './support/volume.ts'

/** Drawn kill schedules, the same each time. `make soak` draws others, and more of them; SOAK_SEED plays one run again. */
const count = Number(process.env.SOAK_SCHEDULES ?? 20)
const firstSeed = Number(process.env.SOAK_SEED ?? 1)
const atOnce = 4
/** Several deaths of one container: its back-off is a second here. */
const restWithinMs = 40_000
const goneSlackMs = 10_000
/** 50 ms on a quiet node, and not a second on most busy ones. */
const removalMs = 2000

await restartKubelet({ GREENROOM_CRASH_LOOP_MAX: '1s' })
t.teardown(() => restartKubelet())

const namespace = await createNamespace('soak')
t.teardown(() => namespace.remove())

t.test(`${count} random schedules, SOAK_SEED=${firstSeed}`, async (t) => {
  console.log(`soak: ${count} schedules, SOAK_SEED=${firstSeed}`)
  const schedules = Array.from({ length: count }, (_, index) => drawSchedule(firstSeed + index))
  const outcomes = await inParallel(schedules, atOnce, (schedule) =>
    play(schedule).catch((error: unknown) => ({ end: 'FAILED', problems: [String(error)] })),
  )
  for (const [index, { end, problems }] of outcomes.entries()) {
    const schedule = schedules[index]
    if (schedule) t.same(problems, [], `${describeSchedule(schedule)}: ${end}`)
  }
})

/** One pod's life by a schedule: how it ended, and what it did that no life may do. */
async function play(schedule: Schedule): Promise<{ end: string; problems: string[] }> {
  const { seed, kills, deletedEarly } = schedule
  const name = `seed-${seed}`
  await namespace.create(matrixPod(name))
  const pod = await namespace.until(name, 'seen', () => true)
  const last = () => namespace.history(name).at(-1)?.pod ?? pod
  const marker = observeMarker(last)
  await untilVolumeExists(pod)

  const journal = collectJournal(pod)
  const killed: { actor: Actor; at: number }[] = []
  for (const { afterMs, actor } of kills) {
    await sleep(afterMs)
    const at = await killActor(last(), actor, 0)
    if (at !== null) killed.push({ actor, at })
  }
  const end = deletedEarly ? 'deleted at once' : await untilAtRest(last, marker.isShown, killed)
  marker.leaveAppAlone()
  await namespace.delete(name)
  const limitMs = (pod.spec.terminationGracePeriodSeconds ?? 0) * 1000 + goneSlackMs
  await namespace.untilGone(name, limitMs)
  marker.stop()

  const lines = journal.stop()
  const sidecarKilled = killed.some(({ actor }) => actor === 'sidecar' || actor === 'both')
  const grantIsLeft = pod.metadata.uid in (await readGrants())
  const calls = (await readCalls(pod.metadata.uid)).filter(({ method }) => method === 'PUT').length
  const isRevoked = lines.some(({ words }) => words.startsWith('revoked'))
  const problems = [
    ...(end.startsWith('NOT') ? [end] : []),
    ...closedTimes(lines, killed).flatMap((closed) => findMarkers(marker.sightings, closed)),
    // A sidecar that was killed on its way out has not revoked: what it owes is for the ledger.
    ...(grantIsLeft && (isRevoked || !sidecarKilled) ? ['the grant is left'] : []),
    ...(calls > 2 ? [`${calls} calls for a grant`] : []),
  ]
  return { end, problems: problems.length > 0 ? [...problems, ...lines.map(({ words }) => words)] : [] }
}

/** Nobody may be shown a marker in it. */
interface Closed {
  readonly why: string
  readonly from: number
  readonly until: number
}

function closedTimes(lines: readonly JournalLine[], killed: readonly { actor: Actor; at: number }[]): Closed[] {
  const after = (from: number, word: RegExp) =>
    lines.find(({ at, words }) => at > from && word.test(words))?.at ?? Number.POSITIVE_INFINITY
  const dead = killed
    .filter(({ actor }) => actor === 'app' || actor === 'both')
    .map(({ at }) => ({ why: 'while the app was dead', from: at + removalMs, until: after(at, /^started /) }))
  const warming = lines.flatMap(({ at, words }) => {
    const boot = /^started (\S+)/.exec(words)?.[1]
    const isFirst = boot && !lines.some((other) => other.at < at && other.words === words)
    return isFirst
      ? [
          {
            why: `before run ${boot} was warm`,
            from: at,
            // A sidecar that died with the app may hear of the next run before it looks for this one.
            until: after(at, new RegExp(`^(hook-exited ${boot} preOnline 0|exited ${boot}|started (?!${boot}))`)),
          },
        ]
      : []
  })
  const leaving = lines.find(({ words }) => words === 'deleting' || words === 'offline-stop')
  const left = leaving
    ? [{ why: 'after the deletion', from: leaving.at + removalMs, until: Number.POSITIVE_INFINITY }]
    : []
  return [...dead, ...warming, ...left]
}

/** As load balancers see it: an answer to a question that was asked in that time. */
function findMarkers(sightings: readonly Sighting[], { why, from, until }: Closed): string[] {
  return sightings
    .filter((sighting) => sighting.where !== 'on disk' && sighting.from > from && sighting.until < until)
    .map((sighting) => `marker ${sighting.where} ${why}, after ${sighting.from - from} ms`)
}

/** Online, or failed with a reason that is true: an app whose agent and keeper both died has lost them. */
async function untilAtRest(
  last: () => Pod,
  isShown: (since: number) => boolean,
  killed: readonly { actor: Actor; at: number }[],
): Promise<string> {
  const since = Date.now()
  const lostAgent = ['agent', 'keeper'].every((name) => killed.some(({ actor }) => actor === name))
  const isOnline = () => isReady(last()) && isShown(since)
  const status = () => readVolume(last(), 'status').trim()
  const hasFailed = () => lostAgent && status().startsWith('failed AgentLost')
  const at = await untilTrue(() => isOnline() || hasFailed(), since + restWithinMs)
  if (at === null) return `NOT at rest within ${restWithinMs} ms: ${status()}, ${JSON.stringify(last().status)}`
  return isOnline() ? `online after ${((at - since) / 1000).toFixed(1)} s` : status()
}
