import { type Reason, reasons } from './reasons.ts'

/** What a `GreenroomError` says after its code: where, what was found, what was expected, how to mend it. */
export interface Finding {
  /** Place, such as `annotation greenroom.dev/drain`. */
  readonly at: string
  /** The offending value as written; left out where something is missing. */
  readonly found?: string
  readonly expected: string
  /** One or more whole sentences. */
  readonly fix: string
}

/** An admission warning is cut after so many characters (Kubernetes' limit), so the first sentence has to fit. */
export const sentenceLimit = 120

/** An error that people can act on: its message travels as a denial and as a warning. */
export class GreenroomError extends Error {
  override readonly name = 'GreenroomError'
  readonly code: Reason
  readonly finding: Finding
  /** The message's first sentence, at most `sentenceLimit` characters as long as `at` and `expected` are short. */
  readonly sentence: string

  constructor(code: Reason, finding: Finding, options?: ErrorOptions) {
    // What stops a process goes to a log, which has no such limit.
    const limit = reasons[code].outcome === 'exit' ? Number.POSITIVE_INFINITY : sentenceLimit - `${code}: `.length
    const sentence = `${code}: ${describe(finding, limit)}`
    // Most are values, and made for many a review; nobody reads where, and to write it down takes longer than all the rest.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(`${sentence} ${finding.fix}`, options)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.finding = finding
    this.sentence = sentence
  }
}

function describe({ at, found, expected }: Finding, limit: number): string {
  if (found === undefined) return `${at} is missing, expected ${expected}.`
  const frame = `${at} is "", expected ${expected}.`
  return `${at} is "${shorten(found, limit - frame.length)}", expected ${expected}.`
}

/** A few letters of the value are shown even where there is no room for any. */
function shorten(text: string, limit: number): string {
  const room = Math.max(limit, 4)
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}
