import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../client.ts'
import { conditionAfter, type Entry } from '../ledger/entry.ts'
import type { EntryChange, Ledger, Written } from '../ledger/ledger.ts'
import type { Pods } from '../ledger/pods.ts'
import { stillHeld } from '../ledger/verdict.ts'
import { brokenDetail } from './breaker.ts'
import type { Revoked, Work } from './dispatcher.ts'
import type { Limits } from './limits.ts'
import type { Outcome } from './outcome.ts'
import type { Upstream } from './upstream.ts'

export interface WorkParts {
  readonly ledger: Ledger
  readonly pods: Pick<Pods, 'get'>
  readonly upstream: Upstream
  readonly limits: Limits
  /** This replica's name, for claims. */
  readonly replica: string
  /** How long a claim keeps the other replicas away: longer than a call and its writes. */
  readonly claimMs: number
  /** Other entries at the same address, where the service keeps its grants by address. */
  readonly rivalsOf: (entry: Entry) => readonly Entry[]
  readonly onError: (error: unknown) => void
}

const elsewhere: Outcome = {
  kind: 'queued',
  retryAfterMs: 1_000,
  detail: 'another replica of the gate is asking for it',
}
const revoking: Outcome = { kind: 'queued', retryAfterMs: 1_000, detail: 'what the pod had before is being taken back' }

/**
 * What the gate does for one pod when its turn has come: claims it, so that no other replica does the same; calls; writes
 * down what was said. The call is counted in the entry before it is made, so whatever dies in between, the debt is known.
 */
export function createWork(parts: WorkParts): Work {
  const { ledger, pods, upstream, limits, replica, claimMs, rivalsOf, onError } = parts
  let nth = 0

  /** Nobody else calls for the pod, and no other call of ours: a revocation must not overtake a grant that is under way. */
  async function claim(entry: Entry, calls: 0 | 1): Promise<Entry | null> {
    const leftMs = (entry.claim?.untilMs ?? 0) - Date.now()
    // Further ahead than any claim reaches is a clock that goes wrong.
    if (leftMs > 0 && leftMs <= claimMs) return null
    nth += 1
    const claim = { by: `${replica}/${nth}`, untilMs: Date.now() + claimMs }
    const written = await ledger.write(entry, { calls: (entry.calls ?? 0) + calls, claim })
    return typeof written === 'string' ? null : written
  }

  /** Tried again where the API server is away for a moment; what is lost by giving up is a word in the status, not the debt. */
  async function record(entry: Entry, act: () => Promise<Written | 'removed'>): Promise<void> {
    for (const pauseMs of [200, 1_000, 0]) {
      try {
        // Somebody has asked for the revocation meanwhile, which waits for the claim.
        if ((await act()) === 'overtaken') await letGo(entry)
        return
      } catch (error) {
        onError(error)
        await sleep(pauseMs)
      }
    }
  }

  /** Whatever else has become of the entry: our claim is over. */
  async function letGo({ uid, claim }: Entry): Promise<void> {
    for (let tries = 0; tries < 3; tries += 1) {
      const entry = await ledger.read(uid)
      if (!entry || entry.claim?.by !== claim?.by) return
      if ((await ledger.write(entry, { claim: null })) !== 'overtaken') return
    }
  }

  async function settle(entry: Entry, answer: Answer): Promise<void> {
    if (answer.kind === 'refused' || answer.kind === 'unavailable')
      await limits.countFailure(keyOf(entry)).catch(onError)
    if (answer.kind !== 'refused')
      return record(entry, () => ledger.write(entry, changeAfter(entry, answer, Date.now())))
    // An earlier call that nobody heard the answer of may have been granted: what a service says of one that is there
    // already may be a refusal, too.
    if (entry.condition !== null) return record(entry, () => ledger.write(entry, { state: 'Revoking', claim: null }))
    return record(entry, () => ledger.remove(entry))
  }

  /** A grant whose answer never came may take effect after its revocation: that one is made twice, with a pause. */
  async function forget(entry: Entry): Promise<Revoked> {
    if (entry.condition?.reason !== 'AuthorizationUnavailable') {
      await record(entry, () => ledger.remove(entry))
      return { kind: 'revoked' }
    }
    const message = 'revoked, and to be once more: the answer to a call for it never came'
    const condition = conditionAfter(entry.condition, { status: 'False', reason: 'RevokedOnce', message }, Date.now())
    await record(entry, () => ledger.write(entry, { claim: null, condition }))
    return { kind: 'later' }
  }

  return {
    onError,
    async claimGrant(uid) {
      const entry = ledger.get(uid)
      if (!entry || entry.state === 'Revoking') return revoking
      if (entry.state === 'Granted') return { kind: 'granted' }
      const pod = pods.get(uid)
      if (pod?.isDeleting || pod?.hasEnded) return { kind: 'refused', status: 409, detail: 'the pod is at its end' }
      const waitMs = await limits.podWaitMs(keyOf(entry))
      if (waitMs > 0)
        return { kind: 'throttled', retryAfterMs: waitMs, detail: 'too many calls for the pod went wrong' }
      return (await claim(entry, 1)) ?? elsewhere
    },
    async claimRevocation(uid) {
      const entry = ledger.get(uid)
      if (!entry) return { kind: 'revoked' }
      if (entry.state !== 'Revoking') return { kind: 'later' }
      return (await claim(entry, 0)) ?? { kind: 'later' }
    },
    isClaimed: ({ claim }) => claim !== null && claim.untilMs - Date.now() > claimMs / 2,
    release: letGo,
    async grant(entries) {
      const answers = await upstream.grant(entries)
      await Promise.all(entries.map((entry) => settle(entry, answers.get(entry.uid) ?? unanswered)))
      return answers
    },
    async revoke(entry): Promise<Revoked> {
      const resources = stillHeld(entry, rivalsOf(entry))
      const revocation = resources.length > 0 ? await upstream.revoke(entry, resources) : ({ kind: 'revoked' } as const)
      if (revocation?.kind === 'revoked') return forget(entry)
      await record(entry, () => ledger.write(entry, notRevoked(entry, revocation, Date.now())))
      return revocation ?? { kind: 'later' }
    },
  }
}

const keyOf = ({ application, ip, uid }: Entry) => [application, ip, uid].join(' ')

const unanswered: Answer = { kind: 'unavailable', detail: 'no answer' }

function changeAfter(entry: Entry, answer: Exclude<Answer, { kind: 'refused' }>, nowMs: number): EntryChange {
  const { status, reason, message } = conditionOf(answer)
  const condition = conditionAfter(entry.condition, { status, reason, message }, nowMs)
  return { state: answer.kind === 'granted' ? 'Granted' : 'Pending', claim: null, condition }
}

function conditionOf(answer: Exclude<Answer, { kind: 'refused' }>) {
  switch (answer.kind) {
    case 'granted':
      return { status: 'True', reason: 'AuthorizationGranted', message: '' } as const
    case 'queued':
      return { status: 'False', reason: 'AuthorizationQueued', message: 'queued by the authorization service' } as const
    case 'throttled':
      return {
        status: 'False',
        reason: 'AuthorizationThrottled',
        message: 'the authorization service throttles',
      } as const
    case 'unavailable':
      return { status: 'False', reason: 'AuthorizationUnavailable', message: answer.detail } as const
    default:
      return answer satisfies never
  }
}

function notRevoked(entry: Entry, revocation: { readonly detail: string } | null, nowMs: number): EntryChange {
  const message = revocation?.detail ?? brokenDetail
  return {
    claim: null,
    condition: conditionAfter(entry.condition, { status: 'False', reason: 'RevokeFailed', message }, nowMs),
  }
}
