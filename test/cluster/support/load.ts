import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const cluster = new URL('..', import.meta.url).pathname

/** What load tells of a phase: rolling/load/phase.go. */
export interface Phase {
  readonly name: string
  readonly seconds: number
  readonly requests: Readonly<Record<string, number>>
  readonly failures: readonly Failure[]
  readonly slowest: number
}

export interface Failure {
  /** Seconds since the phase's beginning, when it was sent. */
  readonly at: number
  readonly after: number
  readonly stream: string
  readonly kind: string
}

/** A constant load on front doors (host:port by name), from outside the node. */
export function startLoad(program: string, period: string, doors: Readonly<Record<string, string>>) {
  const named = Object.entries(doors).map(([name, address]) => `${name}=${address}`)
  const child = spawn(`${cluster}rolling/outside`, [program, period, ...named], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function readPhase(): Promise<Phase> {
    const { done, value } = await lines.next()
    if (done) throw new Error('the load has ended')
    return JSON.parse(value)
  }

  /** Ends the phase that is on, begins another, and resolves with the one that has ended, its last answer included. */
  function begin(name: string): Promise<Phase> {
    child.stdin.write(`${name}\n`)
    return readPhase()
  }

  return { begin, stop: () => child.stdin.end() }
}

export const requestsOf = ({ requests }: Phase): number =>
  Object.values(requests).reduce((sum, count) => sum + count, 0)

/** `0 of 13230 requests failed in 24 s at 545/s, the slowest answer took 0.15 s`. */
export function summaryOf(phase: Phase): string {
  const { failures, seconds, slowest } = phase
  const requests = requestsOf(phase)
  const rate = (requests / seconds).toFixed(0)
  const slow = `the slowest answer took ${slowest.toFixed(2)} s`
  return `${failures.length} of ${requests} requests failed in ${seconds.toFixed(0)} s at ${rate}/s, ${slow}`
}

/** How many failed, by stream and kind, when, and after how long at most: `haproxy, fresh: status 503: 12, 4.1 s to 6.0 s, after 0.3 s`. */
export function failuresByKind({ failures }: Phase): string[] {
  const kinds = Map.groupBy(failures, ({ stream, kind }) => `${stream}: ${kind}`)
  return [...kinds].map(([kind, each]) => {
    const times = each.map(({ at }) => at).sort((a, b) => a - b)
    const longest = Math.max(...each.map(({ after }) => after)).toFixed(1)
    return `${kind}: ${each.length}, ${times[0]?.toFixed(1)} s to ${times.at(-1)?.toFixed(1)} s, after ${longest} s`
  })
}
