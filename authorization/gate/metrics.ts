import { Counter, Gauge, Registry } from '@prometheus-io/client'
import { addExpiryGauge, type Expiries } from '../../serving/certificates/expiry-gauge.ts'
import { type Entry, entryStates } from '../ledger/entry.ts'

/** What is read whenever Prometheus asks. */
export interface Readings {
  readonly entries: () => Iterable<Entry>
  /** What waits for its turn at this replica. */
  readonly waiting: () => number
  /** Whether the pod runs without its grant, as its policy lets it. */
  readonly runs: (uid: string) => boolean
  readonly breaker: () => 'closed' | 'half-open' | 'open'
  /** Revocations that the limit holds. */
  readonly held: () => number
  /** Left out: there is no Redis. */
  readonly isCountingShared?: (() => boolean) | undefined
  readonly expiries: Expiries
}

/** `broken`: the breaker let none through; `answers`: a batch with one for each pod. */
const callAnswers = {
  grant: ['granted', 'queued', 'throttled', 'refused', 'unavailable', 'broken'],
  batch: ['answers', 'queued', 'throttled', 'refused', 'unavailable', 'broken'],
  revoke: ['revoked', 'refused', 'unavailable', 'broken'],
} as const

const breakerStates = ['closed', 'half-open', 'open'] as const

/** The gate's metrics. Labels are of closed sets; pods and applications are in the ledger, not here. */
export function createMetrics(readings: Readings) {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'greenroom_gate_requests_total',
    help: 'Requests of pods by method and status.',
    labelNames: ['method', 'status'],
    registers,
  })
  const calls = new Counter({
    name: 'greenroom_gate_calls_total',
    help: 'Calls to the authorization service by kind (grant, batch, revoke) and answer; broken: the breaker let none through.',
    labelNames: ['call', 'answer'],
    registers,
  })
  // There before the first event, or the first one would be no increase.
  for (const [call, answers] of Object.entries(callAnswers))
    for (const answer of answers) calls.inc({ call, answer }, 0)
  const outcomes = new Counter({
    name: 'greenroom_gate_outcomes_total',
    help: 'Answers to pods: granted, queued, throttled, refused, unavailable, revoked, revoking.',
    labelNames: ['outcome'],
    registers,
  })
  const revocations = new Counter({
    name: 'greenroom_gate_ledger_revocations_total',
    help: 'Revocations that the ledger decided, because no sidecar asked for them, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('greenroom_gate_waiting', 'Grants and revocations that wait for their turn at this replica.', readings.waiting)
  gauge('greenroom_gate_revocations_held', 'Revocations that the limit holds back.', readings.held)
  gauge(
    'greenroom_gate_oldest_ungranted_seconds',
    'Age of the oldest authorization that a pod waits for; 0: none.',
    () => oldestSeconds(readings, Date.now()),
  )
  if (readings.isCountingShared)
    gauge('greenroom_gate_counting_shared', '1: Redis counts for all replicas; 0: this one counts for itself.', () =>
      readings.isCountingShared?.() ? 1 : 0,
    )
  new Gauge({
    name: 'greenroom_gate_authorizations',
    help: 'Entries of the ledger by state.',
    labelNames: ['state'],
    registers,
    collect() {
      const counts = Map.groupBy(readings.entries(), ({ state }) => state)
      for (const state of entryStates) this.set({ state }, counts.get(state)?.length ?? 0)
    },
  })
  new Gauge({
    name: 'greenroom_gate_breaker_state',
    help: '1 for the state that the breaker before the authorization service is in.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of breakerStates) this.set({ state }, readings.breaker() === state ? 1 : 0)
    },
  })
  addExpiryGauge(registry, 'greenroom_gate_certificate_expiry_timestamp_seconds', readings.expiries)
  return {
    registry,
    countRequest: (method: string, status: number) => requests.inc({ method, status: String(status) }),
    countCall: (call: string, answer: string) => calls.inc({ call, answer }),
    countOutcome: (outcome: string) => outcomes.inc({ outcome }),
    countRevocation: (reason: string) => revocations.inc({ reason }),
  }
}

function oldestSeconds({ entries, runs }: Readings, nowMs: number): number {
  const waiting = [...entries()].filter(({ state, uid }) => state === 'Pending' && !runs(uid))
  if (waiting.length === 0) return 0
  return Math.max(0, (nowMs - Math.min(...waiting.map(({ createdMs }) => createdMs))) / 1000)
}
