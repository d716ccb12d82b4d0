import { formatSnapshot, journalHeader, parseLine } from './journal-line.ts'
import { initialState, type State } from './state.ts'
import { transition } from './transition.ts'

/** Beyond this many lines of one run (an app that floods its FIFO), the run itself is folded. */
const mostLines = 400

/**
 * A shorter journal of the same meaning: what came before the current run of the app container, folded into one line,
 * then the run itself. null while there was no earlier run: the journal is the pod's story, and kept as long as it fits.
 */
export function compact(lines: readonly string[]): string[] | null {
  const cut = lines.length > mostLines ? lines.length : startOfRun(lines)
  if (cut === 0) return null

  const [time = '0'] = (lines[cut - 1] ?? '').split(' ')
  return [journalHeader, formatSnapshot(time, fold(lines.slice(0, cut))), ...lines.slice(cut)]
}

export function fold(lines: readonly string[]): State {
  return lines.reduce((state, line) => {
    const event = parseLine(line)
    return event ? transition(state, event) : state
  }, initialState)
}

/** Index of the first line of the current boot; 0 when there was no boot before it. */
function startOfRun(lines: readonly string[]): number {
  const boots = lines.map((line) => {
    const event = parseLine(line)
    return event?.type === 'started' ? event.boot : null
  })
  const boot = boots.findLast((boot) => boot !== null)
  const cut = boots.indexOf(boot ?? null)
  return boots.slice(0, cut).some((other) => other !== null) ? cut : 0
}
