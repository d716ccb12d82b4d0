import {
  type Answer,
  type AuthorizationRequest,
  type AuthorizationService,
  type Revocation,
  requestAuthorization,
  revokeAuthorization,
} from '../client.ts'
import type { Entry } from '../ledger/entry.ts'
import { requestBatch } from './batch-call.ts'
import { type Breaker, brokenDetail } from './breaker.ts'

/** The authorization service behind the gate. */
export interface Upstream {
  /** One call; several entries need a service with batches, and are of one application and the same resources. */
  readonly grant: (entries: readonly [Entry, ...Entry[]]) => Promise<ReadonlyMap<string, Answer>>
  /** null: the breaker did not let it through. */
  readonly revoke: (entry: Entry, resources: readonly string[]) => Promise<Revocation | null>
}

export interface UpstreamParts {
  /** Read anew for each call: its token may have changed. */
  readonly readService: () => Promise<AuthorizationService>
  readonly timeoutMs: number
  readonly breaker: Breaker
  readonly count: (call: 'grant' | 'batch' | 'revoke', answer: string) => void
}

/** Calls the service within its time limit, through the breaker, and counts. */
export function createUpstream({ readService, timeoutMs, breaker, count }: UpstreamParts): Upstream {
  async function grantOne(entry: Entry): Promise<Answer> {
    const service = await readService()
    const answer = await breaker.run(() =>
      requestAuthorization({ service, podUid: entry.uid, body: requestOf(entry), timeoutMs }),
    )
    count('grant', answer?.kind ?? 'broken')
    return answer ?? broken
  }

  async function grantMany(entries: readonly [Entry, ...Entry[]]): Promise<ReadonlyMap<string, Answer>> {
    const service = await readService()
    const reply = await breaker.run(() => requestBatch({ service, entries, timeoutMs }))
    count('batch', reply?.kind ?? 'broken')
    if (reply?.kind === 'answers') return reply.answers
    return new Map(entries.map(({ uid }) => [uid, reply ?? broken]))
  }

  return {
    grant: async (entries) =>
      entries.length === 1 ? new Map([[entries[0].uid, await grantOne(entries[0])]]) : grantMany(entries),
    async revoke(entry, resources) {
      const service = await readService()
      const body = { ...requestOf(entry), resources }
      const revocation = await breaker.run(() => revokeAuthorization({ service, podUid: entry.uid, body, timeoutMs }))
      count('revoke', revocation?.kind ?? 'broken')
      return revocation
    },
  }
}

const requestOf = ({ application, namespace, pod, ip, ips, resources }: Entry): AuthorizationRequest => ({
  application,
  namespace,
  pod,
  ip,
  ips,
  resources,
})

const broken: Answer = { kind: 'unavailable', detail: brokenDetail }
