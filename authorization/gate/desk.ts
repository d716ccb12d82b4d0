import type { Binding } from '../../policy/schema/authorization-policy.ts'
import type { Entry } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { PodFacts } from '../ledger/pod-facts.ts'
import type { Pods } from '../ledger/pods.ts'
import { findRefusal } from './binding.ts'
import { type Breaker, brokenDetail } from './breaker.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Identity } from './identity.ts'
import type { Outcome } from './outcome.ts'
import { within } from './within.ts'

/** What a pod says of itself. Of its address only that it knows it is believed. */
export interface Request {
  readonly application: string
  readonly ip: string
  readonly resources: readonly string[]
}

export interface Desk {
  readonly authorize: (identity: Identity, request: Request) => Promise<Outcome>
  /** `gone`: there is nothing (any more); `pending`: it is noted, and will be done. */
  readonly revoke: (identity: Identity) => Promise<'gone' | 'pending'>
}

export interface DeskParts {
  readonly bindings: readonly Binding[]
  readonly ledger: Ledger
  readonly pods: Pick<Pods, 'read'>
  readonly dispatcher: Dispatcher
  readonly breaker: Pick<Breaker, 'closedForMs'>
  /** Least time between two calls, for estimates. */
  readonly spacingMs: number
}

/** Who may be served at once is not sent away. A sidecar's first revocation gives up after 0.7 s. */
const patienceMs = 1_000
const revokePatienceMs = 400
const soonMs = 1_000
/** A pod that waits for long still looks in from time to time: the other replica may be faster. */
const longestQueueMs = 30_000

/**
 * Decides what a pod gets that says who it is.
 *
 * | case                                                            | outcome              |
 * |-----------------------------------------------------------------|----------------------|
 * | the copy of the ledger is not whole yet, or the API server away | unavailable          |
 * | pod unknown, ended or going                                     | refused, 409         |
 * | it has its node's address, or no binding is for it              | refused, 403         |
 * | its address is not in its status (yet)                          | queued, soon         |
 * | it has another address, or asks for something else, than before | revoked first: queued |
 * | its address belongs to a pod that is gone                       | that one revoked first |
 * | its address belongs to a pod that seems alive                   | queued, soon         |
 * | granted already                                                 | granted, no call     |
 * | the breaker is open                                             | unavailable          |
 * | any other                                                       | in line; queued where that takes long |
 */
export function createDesk(parts: DeskParts): Desk {
  const { bindings, ledger, pods, dispatcher, breaker, spacingMs } = parts

  async function authorize(identity: Identity, request: Request): Promise<Outcome> {
    if (!ledger.isSynced()) return unavailable('the gate has just started, and has not read its ledger yet')
    const pod = await pods.read(identity.namespace, identity.pod)
    if (pod === 'unknown') return unavailable('the API server does not answer')
    if (pod === 'absent' || pod.uid !== identity.uid || pod.isDeleting || pod.hasEnded)
      return { kind: 'refused', status: 409, detail: 'the pod is gone, or at its end' }
    if (pod.isOnHostNetwork) return { kind: 'refused', status: 403, detail: "the pod has its node's address" }
    const detail = findRefusal(bindings, { ...identity, ...request })
    if (detail !== undefined) return { kind: 'refused', status: 403, detail }
    if (!pod.ips.includes(request.ip)) return queued(`the pod's status does not have the address ${request.ip} yet`)
    const obstacle = (await renew(pod, request)) ?? (await clearAddress(pod))
    return obstacle ?? inLine(await open(pod, request))
  }

  const open = async ({ uid, namespace, name, ips }: PodFacts, { application, resources }: Request) =>
    ledger.get(uid) ?? ledger.open({ uid, application, namespace, pod: name, ip: ips[0] ?? '', ips, resources })

  /** What the pod had at another address, or for other resources, is taken back before it gets anything new. */
  async function renew({ uid, ips }: PodFacts, { application, resources }: Request): Promise<Outcome | undefined> {
    const entry = ledger.get(uid)
    if (!entry) return undefined
    const isSame =
      entry.state !== 'Revoking' &&
      entry.application === application &&
      isEqual(entry.ips, ips) &&
      isEqual(entry.resources, resources)
    if (isSame || (await takeBack(entry, patienceMs)) === 'gone') return undefined
    return queued('what the pod had before is being taken back')
  }

  /** An address that came to another pod must not bring what the one before had. */
  async function clearAddress({ uid, ips }: PodFacts): Promise<Outcome | undefined> {
    for (const entry of ledger.all()) {
      if (entry.uid === uid || !entry.ips.some((ip) => ips.includes(ip))) continue
      const other = await pods.read(entry.namespace, entry.pod)
      if (other === 'unknown') return unavailable('the API server does not answer')
      const isAlive = other !== 'absent' && other.uid === entry.uid && !other.hasEnded && !other.isDeleting
      if (isAlive && other.ips.some((ip) => ips.includes(ip)))
        return queued(`pod ${entry.namespace}/${entry.pod} has this address, too`)
      if ((await takeBack(entry, patienceMs)) === 'pending')
        return queued('what the pod before had at this address is being taken back')
    }
    return undefined
  }

  /** Notes the revocation, so that it is done by whoever lives, and waits for it for a while. */
  async function takeBack(entry: Entry, limitMs: number): Promise<'gone' | 'pending'> {
    const noted = entry.state === 'Revoking' ? entry : await ledger.write(entry, { state: 'Revoking' })
    if (noted === 'gone') return 'gone'
    // Somebody wrote in the same moment; the pod comes again.
    if (noted === 'overtaken') return 'pending'
    const revoked = await within(dispatcher.revoke(entry.uid), limitMs)
    return revoked?.kind === 'revoked' ? 'gone' : 'pending'
  }

  async function inLine(entry: Entry): Promise<Outcome> {
    if (entry.state === 'Granted') return { kind: 'granted' }
    const closedForMs = breaker.closedForMs()
    if (closedForMs > 0) return { ...unavailable(brokenDetail), retryAfterMs: closedForMs }
    const { application, resources, ips, uid } = entry
    const outcome = await within(
      dispatcher.grant(uid, { group: JSON.stringify([application, resources]), about: ips.join() }),
      patienceMs,
    )
    if (outcome) return outcome
    const ahead = dispatcher.callsAhead(uid)
    const retryAfterMs = Math.min(Math.max(ahead * spacingMs, soonMs), longestQueueMs)
    return { kind: 'queued', retryAfterMs, detail: `${ahead} calls come first` }
  }

  return {
    authorize,
    async revoke({ uid }) {
      const entry = ledger.get(uid)
      // Twice: an entry that was overtaken once was written by a call that has ended now.
      if (!entry || (await takeBack(entry, revokePatienceMs)) === 'gone') return 'gone'
      const again = ledger.get(uid)
      if (again && again.state !== 'Revoking') return takeBack(again, revokePatienceMs)
      return again ? 'pending' : 'gone'
    },
  }
}

const queued = (detail: string): Outcome => ({ kind: 'queued', retryAfterMs: soonMs, detail })
const unavailable = (detail: string) => ({ kind: 'unavailable', detail }) as const

const isEqual = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((each) => others.includes(each))
