import { peakPerSecond } from './peak.ts'

/** One call as it is logged and listed. `answer`: `granted`, `revoked`, or what the server was told to do instead. */
export interface CallRecord {
  /** When it was complete: ISO 8601, UTC. */
  readonly time: string
  readonly method: string
  /** Empty for a batch, and for a call without the token to another path. */
  readonly uid: string
  /** How many of them, in a batch. */
  readonly pods?: number
  readonly ip?: string | undefined
  readonly application?: string | undefined
  readonly resources?: readonly string[] | undefined
  /** null: never answered. */
  readonly status: number | null
  readonly answer: string
}

type Counts = Record<string, number>

/** The counts are of all calls; the list, and the peaks that are counted over it, are of the newest only. */
export interface CallsSummary {
  readonly total: number
  readonly byAnswer: Readonly<Counts>
  /** By method, then by answer. */
  readonly byMethod: Readonly<Record<string, Readonly<Counts>>>
  /** The most calls that came within any one second: of all, and of each answer by itself. */
  readonly perSecond: { readonly peak: number; readonly byAnswer: Readonly<Counts> }
  readonly calls: readonly CallRecord[]
}

export interface Calls {
  readonly add: (call: CallRecord) => void
  readonly summary: () => CallsSummary
}

/** Enough for any test of ours, and little memory. */
const keptCalls = 5000

export function createCalls(): Calls {
  const calls: CallRecord[] = []
  const byAnswer: Counts = {}
  const byMethod: Record<string, Counts> = {}
  let total = 0
  return {
    add: (call) => {
      total += 1
      byMethod[call.method] ??= {}
      for (const counts of [byAnswer, byMethod[call.method]])
        if (counts) counts[call.answer] = (counts[call.answer] ?? 0) + 1
      calls.push(call)
      if (calls.length > keptCalls) calls.shift()
    },
    summary: () => ({ total, byAnswer, byMethod, perSecond: peaks(calls), calls }),
  }
}

function peaks(calls: readonly CallRecord[]): CallsSummary['perSecond'] {
  const peak = (some: readonly CallRecord[]) => peakPerSecond(some.map(({ time }) => Date.parse(time)))
  const groups = Object.entries(Object.groupBy(calls, ({ answer }) => answer))
  return {
    peak: peak(calls),
    byAnswer: Object.fromEntries(groups.map(([answer, group = []]) => [answer, peak(group)])),
  }
}
