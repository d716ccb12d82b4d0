/**
 * What decides: woken by the resident when there is something to decide, gone when there is not. Replays the journal,
 * acts until the pod is at rest, and is the only one that ever puts a pod online.
 *
 * Usage: sidecar.cjs, in the environment that the webhook sets (policy/names.ts), with GREENROOM_RUN and
 * GREENROOM_HELPER from the resident.
 */
import { bearer, env } from '../policy/names.ts'
import { podIpsOf } from '../policy/pod-ips.ts'
import { parsePodSettings } from '../policy/settings.ts'
import type { Effect } from './effect.ts'
import { writeLine } from './fifo.ts'
import { openJournal, writeNextJournal } from './journal.ts'
import { parseLine } from './journal-line.ts'
import { nextEffects } from './next-effects.ts'
import { perform, type World } from './perform.ts'
import { compact } from './snapshot.ts'
import { initialState, type State } from './state.ts'
import { describe, isStuck, readStatus, writeStatus } from './status.ts'
import { transition } from './transition.ts'

/** An effect whose line did not come by then is done again. */
const repeatAfterMs = 2000

const run = process.env.GREENROOM_RUN ?? '.'
const journal = openJournal(`${run}/journal`)
/** Lines that found no room on the disk; they are in the journal later. */
const unwritten = (process.env.GREENROOM_UNWRITTEN ?? '').split('\n').filter((line) => line !== '')
const settings = parsePodSettings(process.env[env.settings] ?? '')
const ip = process.env[env.podIp] || '127.0.0.1'
const world: World = {
  settings,
  pod: {
    uid: process.env[env.podUid] ?? '',
    name: process.env[env.podName] ?? '',
    namespace: process.env[env.podNamespace] ?? '',
    ip,
    ips: podIpsOf(ip, process.env[env.podIps]) ?? [ip],
  },
  nodeIp: process.env[env.nodeIp] ?? '',
  tokenFile: process.env[env.tokenFile] ?? `${bearer.mountPath}/${bearer.file}`,
  helper: process.env.GREENROOM_HELPER ?? '.',
  linesRead: () => journal.lines.length,
  // An empty line ends what somebody may have left half written.
  tellResident: (line) => writeLine(`${run}/events`, line),
  tellAgent: (line) => unbroken(writeLine(`${run}/shared/commands`, `\n${line}`)),
  releasePreStop: () => writeLine(`${run}/shared/released`, 'released'),
  log: (line) => console.log(`greenroom: ${line}`),
}

/** What is on its way to the agent, and noted already: this process does not leave before it has arrived. */
const sending = new Set<Promise<void>>()

function unbroken(send: Promise<void>): Promise<void> {
  const done = send.finally(() => sending.delete(done))
  sending.add(done)
  return done
}

main().catch((error: unknown) => {
  console.error('greenroom: what decides has failed:', error)
  process.exit(1)
})

async function main(): Promise<void> {
  await actUntilAtRest()
  await Promise.all(sending)
  const shorter = proposeJournal()
  await world.tellResident(`rest ${journal.lines.length}${shorter ? ` swap ${shorter.length}` : ''}`)
  // Nothing more is to be done, and leaving at once gives the memory back sooner.
  process.exit(0)
}

/** A shorter journal for the resident to swap in; null where there is none, or no room for one. */
function proposeJournal(): string[] | null {
  const shorter = compact(journal.lines)
  const isWritten = shorter && attempt('a shorter journal', () => writeNextJournal(`${run}/journal.next`, shorter))
  return isWritten ? shorter : null
}

/** For what is good to have: a full disk must not keep the pod from its end. */
function attempt(what: string, write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    world.log(`${what} cannot be written: ${error instanceof Error ? error.message : error}`)
    return false
  }
}

async function actUntilAtRest(): Promise<void> {
  let state: State = initialState
  const acting = new Map<string, ReturnType<typeof startActing>>()
  let lingerUntil = 0
  // A failure, or that it is held, is told once, though each of these processes sees it anew.
  let status = readStatus(`${run}/status`)

  for (;;) {
    const news = [...journal.readNew(), ...unwritten.splice(0)]
    for (const line of news) {
      const event = parseLine(line)
      if (event) state = transition(state, event)
    }
    const described = describe(state, settings)
    if (news.length > 0 && described !== status) {
      if (isStuck(state, settings)) world.log(described)
      status = described
      attempt('the state', () => writeStatus(`${run}/status`, described))
    }
    const effects = new Map(nextEffects(state, settings).map((effect) => [JSON.stringify(effect), effect]))
    for (const [key, one] of acting) {
      if (effects.has(key) && !one.isOverdue()) continue
      one.stop()
      acting.delete(key)
    }
    for (const [key, effect] of effects) {
      if (acting.has(key)) continue
      acting.set(key, startActing(effect))
      if (effect.type === 'rest') lingerUntil = Date.now() + effect.lingerMs
    }
    const isAtRest = [...effects.values()].every(({ type }) => type === 'rest')
    if (isAtRest && Date.now() >= lingerUntil) return
    await Promise.race([journal.changed(), ...[...acting.values()].map(({ failed }) => failed)])
  }
}

/** Starts an effect; `stop` is its undo. `failed` only ever rejects, with what went wrong. */
function startActing(effect: Effect) {
  const controller = new AbortController()
  const { promise: failed, reject } = Promise.withResolvers<never>()
  let doneAtMs = Number.POSITIVE_INFINITY
  perform(world, effect, controller.signal).then(
    () => {
      doneAtMs = Date.now()
    },
    (error: unknown) => controller.signal.aborted || reject(error),
  )
  return {
    failed,
    isOverdue: () => effect.type !== 'rest' && Date.now() - doneAtMs > repeatAfterMs,
    stop: () => controller.abort(),
  }
}
