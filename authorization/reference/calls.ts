/** One call as it is logged and listed. `answer`: `granted`, `revoked`, or what the server was told to do instead. */
export interface CallRecord {
  readonly time: string
  readonly method: string
  readonly uid: string
  readonly ip?: string | undefined
  readonly application?: string | undefined
  readonly resources?: readonly string[] | undefined
  /** null: never answered. */
  readonly status: number | null
  readonly answer: string
}

/** The counts are of all calls; the list keeps the newest only. */
export interface Calls {
  readonly add: (call: CallRecord) => void
  readonly summary: () => {
    readonly total: number
    readonly byAnswer: Readonly<Record<string, number>>
    readonly calls: readonly CallRecord[]
  }
}

/** Enough for any test of ours, and little memory. */
const keptCalls = 5000

export function createCalls(): Calls {
  const calls: CallRecord[] = []
  const byAnswer: Record<string, number> = {}
  let total = 0
  return {
    add: (call) => {
      total += 1
      byAnswer[call.answer] = (byAnswer[call.answer] ?? 0) + 1
      calls.push(call)
      if (calls.length > keptCalls) calls.shift()
    },
    summary: () => ({ total, byAnswer, calls }),
  }
}
