import { setTimeout as sleep } from 'node:timers/promises'
import { readBearer } from '../authorization/bearer-file.ts'
import { type Revocation, revokeAuthorization } from '../authorization/client.ts'
import type { PodSettings } from '../policy/settings.ts'
import { tellAnnouncer } from './announce.ts'
import { askCheckurl, urlOf } from './checkurl.ts'
import { waitDrained } from './drain.ts'
import type { Effect } from './effect.ts'
import { hookLimitSeconds } from './hook-limit.ts'

/** Poll pauses: short while nothing listens, longer once something answers. */
const refusedPauseMs = 50
const answeredPauseMs = 250
/** An app that answers this long without a new run of its agent has lost it. */
const agentLostAfterMs = 10_000
/** Two silent looks, this far apart, and the app is gone with its agent. */
const appGonePauseMs = 500
const greetings = 5
const greetingPauseMs = 2000
/** A hard eviction leaves time for the first two; whatever ends otherwise has it for a service that is slow, too. */
const revokeTriesMs = [700, 700, 3000]

/** What the effects touch. */
export interface World {
  readonly settings: PodSettings
  readonly pod: {
    readonly uid: string
    readonly name: string
    readonly namespace: string
    readonly ip: string
    /** All of its addresses. */
    readonly ips: readonly string[]
  }
  /** Where the token for the authorization service is, if it wants one. */
  readonly tokenFile: string
  /** Empty where no announcer asks for it. */
  readonly nodeIp: string
  /** Folder of the image's own programs. */
  readonly helper: string
  /** How many lines of the journal this process has read. */
  readonly linesRead: () => number
  /** To the resident: `note WORD ...` is appended to the journal. */
  readonly tellResident: (line: string) => Promise<void>
  readonly tellAgent: (line: string) => Promise<void>
  readonly releasePreStop: () => Promise<void>
  /** For people: a line in the sidecar's log. */
  readonly log: (line: string) => void
}

type EffectOf<Type extends Effect['type']> = Extract<Effect, { type: Type }>

/** Does one effect. Ends early, with an AbortError, when the state has moved on. */
export async function perform(world: World, effect: Effect, signal: AbortSignal): Promise<void> {
  switch (effect.type) {
    case 'rest':
      return
    case 'poll-checkurl':
      return pollCheckurl(world, effect, signal)
    case 'request-hook':
      return requestHook(world, effect)
    case 'greet-agent':
      return greetAgent(world, effect, signal)
    case 'go-online':
      return world.tellResident(`go-online ${world.linesRead()}`)
    case 'look-for-agent':
      return lookForAgent(world, effect, signal)
    case 'drain':
      return drain(world, effect, signal)
    case 'release-pre-stop':
      // Noted first: the app may be gone right after, and the journal tells things in their order.
      await world.tellResident(`note released ${effect.boot}`)
      return world.releasePreStop()
    case 'revoke':
      return revoke(world, effect)
    case 'announce':
      return announce(world, effect, signal)
    default:
      effect satisfies never
  }
}

async function pollCheckurl(world: World, { boot, sinceMs }: EffectOf<'poll-checkurl'>, signal: AbortSignal) {
  const { checkurl } = world.settings
  const url = urlOf(checkurl, world.pod.ip)
  let said = ''
  for (;;) {
    const answer = await askCheckurl(checkurl, world.pod.ip)
    signal.throwIfAborted()
    // The URL once: the answers may be many.
    if (answer.detail !== said) world.log(`checkurl ${said === '' ? `${url} ` : ''}${answer.detail}`)
    said = answer.detail
    if (answer.type === 'ok') return world.tellResident(`note checkurl-ok ${boot}`)
    if (Date.now() - sinceMs > checkurl.timeoutMs) {
      const limit = `also after ${checkurl.timeoutMs / 1000} s`
      return world.tellResident(`note checkurl-gave-up ${boot} ${url} ${answer.detail}, ${limit}`)
    }
    await sleep(answer.type === 'refused' ? refusedPauseMs : answeredPauseMs, undefined, { signal })
  }
}

// Side by side, the note first: a hook of a few milliseconds must not have exited before it was asked for. A crash between the two
// is an event that has it sent again, and the agent drops what it is running already.
async function requestHook(world: World, { boot, name, reason }: EffectOf<'request-hook'>) {
  const hook = world.settings.hooks[name]
  const { command, required } = hook
  const seconds = hookLimitSeconds(hook)
  const words = command.map((word) => `${word}\x1f`).join('')
  const need = required ? 'required' : 'optional'
  await Promise.all([
    world.tellResident(`note hook-requested ${boot} ${name}`),
    world.tellAgent(`run ${boot} ${name} ${seconds} ${need} ${reason} ${words}`),
  ])
}

async function greetAgent(world: World, { boot }: EffectOf<'greet-agent'>, signal: AbortSignal) {
  for (let greeting = 0; greeting < greetings; greeting++) {
    await world.tellAgent('hello')
    await sleep(greetingPauseMs, undefined, { signal })
  }
  await world.tellResident(`note agent-lost ${boot}`)
}

async function lookForAgent(world: World, { boot }: EffectOf<'look-for-agent'>, signal: AbortSignal) {
  const begin = Date.now()
  for (let silent = 0; silent < 2; ) {
    const { type } = await askCheckurl(world.settings.checkurl, world.pod.ip)
    silent = type === 'ok' ? 0 : silent + 1
    if (Date.now() - begin > agentLostAfterMs) return world.tellResident(`note agent-lost ${boot}`)
    await sleep(appGonePauseMs, undefined, { signal })
  }
  await world.tellResident(`note app-gone ${boot}`)
}

async function drain(world: World, { boot, sinceMs, deleting }: EffectOf<'drain'>, signal: AbortSignal) {
  const program = `${world.helper}/traffic`
  const how = await waitDrained({ drain: world.settings.drain, sinceMs, deleting, signal, program })
  await world.tellResident(`note drained ${boot} ${how}`)
}

async function revoke(world: World, effect: EffectOf<'revoke'>) {
  const { settings, pod, tellResident } = world
  if (!settings.authorization) return tellResident('note revoked nothing was authorized')
  const ip = effect.ip ?? pod.ip
  const answers = await Promise.all(addressesOf(world, ip).map((address) => takeBack(world, address)))
  const failure = answers.find(({ kind }) => kind !== 'revoked')
  return tellResident(failure && 'detail' in failure ? `note revoke-failed ${failure.detail}` : `note revoked ${ip}`)
}

/**
 * The granted address, and in a new sandbox the present one, too: a call for it may have been granted without a word. Our
 * contract knows pods by their UID, so one call is for both.
 */
function addressesOf({ settings, pod }: World, ip: string): readonly string[] {
  return settings.authorization?.requests ? [...new Set([ip, pod.ip])] : [ip]
}

async function takeBack({ settings, pod, tokenFile, log }: World, ip: string): Promise<Revocation> {
  const { application, authorization } = settings
  const ips = ip === pod.ip ? pod.ips : [ip]
  const resources = authorization?.resources ?? []
  const body = { application, namespace: pod.namespace, pod: pod.name, ip, ips, resources }
  let last: Revocation = { kind: 'unavailable', detail: '' }
  for (const timeoutMs of revokeTriesMs) {
    const access = authorization?.token ? readBearer(tokenFile) : undefined
    if (access?.kind === 'missing') return { kind: 'unavailable', detail: access.detail }
    const service = { ...authorization, bearer: access?.bearer }
    last = await revokeAuthorization({ service, podUid: pod.uid, body, timeoutMs })
    if (last.kind === 'revoked') return last
    log(`revoke: ${last.detail}`)
    if (last.kind === 'refused') return last
  }
  return last
}

// Noted before the call too: if it is cut short, the registry may have heard it.
async function announce(world: World, { what, name }: EffectOf<'announce'>, signal: AbortSignal) {
  const { settings, pod, nodeIp, tellResident, log } = world
  const announcer = settings.announcing?.announcers.find((each) => each.name === name)
  if (!announcer || !settings.announcing) return
  await tellResident(`note announcing ${what} ${name}`)
  const port = String(settings.announcing.port)
  const values = {
    application: settings.application,
    namespace: pod.namespace,
    pod: pod.name,
    ip: pod.ip,
    nodeIP: nodeIp,
    port,
  }
  const { ok, detail } = await tellAnnouncer({ announcer, what, values, signal, log })
  await tellResident(`note announced ${what} ${name} ${ok ? 'ok' : 'failed'} ${detail}`)
}
