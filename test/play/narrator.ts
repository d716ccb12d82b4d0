import type { DiffLine } from './line-diff.ts'
import type { Paint } from './paint.ts'
import type { Timed } from './timeline.ts'
import { timelineLines } from './timeline-line.ts'
import { type Check, demands, exitCodeOf } from './verdict.ts'

/** Tells the audience what goes on. */
export interface Narrator {
  title(text: string): void
  chapter(text: string): void
  said(who: string, text: string): void
  diff(lines: readonly DiffLine[]): void
  /** For one pod: a listener for its timeline. Of the answered requests it tells the first few. */
  timeline(containers: readonly string[]): (happening: Timed) => void
  checks(checks: readonly Check[]): void
  /** Where to go from here. */
  curtain(text: string): void
  /** The play itself could not go on. */
  failed(text: string): void
}

const requestsTold = 3
const margin = '  '

export function createNarrator(write: (line: string) => void, paint: Paint, columns: number): Narrator {
  let chapters = 0
  return {
    title(text) {
      write('')
      write(`${margin}${paint('bold', text)}`)
    },
    chapter(text) {
      chapters += 1
      const rule = '─'.repeat(Math.max(columns - text.length - 8, 3))
      write('')
      write(`${paint('dim', '──')} ${paint('bold', `${chapters}  ${text}`)} ${paint('dim', rule)}`)
    },
    said(who, text) {
      write(`${margin}${paint('dim', who.padEnd(14))} ${text}`)
    },
    diff(lines) {
      for (const line of lines) write(diffLine(line, paint, columns))
    },
    timeline(containers) {
      let answered = 0
      return (happening) => {
        if (happening.kind === 'request' && happening.status === 200) {
          answered += 1
          if (answered > requestsTold) return
        }
        for (const line of timelineLines(happening, { containers, paint, columns })) write(line)
      }
    },
    checks(checks) {
      const width = Math.max(...checks.map(({ code }) => demands[code].demand.length))
      for (const { code, held, evidence } of checks) {
        const demand = demands[code].demand.padEnd(width)
        write(`${margin}${held ? paint('green', '✓') : paint('red', '✗')} ${demand}  ${paint('dim', evidence)}`)
      }
      write('')
      const broken = checks.find(({ held }) => !held)
      if (broken)
        write(
          `${margin}${paint('red', `${broken.code} (exit ${exitCodeOf(checks)}): ${demands[broken.code].broken}.`)}`,
        )
      else write(`${margin}${paint('green', 'All of it held.')}`)
    },
    curtain(text) {
      write('')
      for (const line of text.trim().split('\n')) write(`${margin}${paint('dim', line)}`)
      write('')
    },
    failed(text) {
      write('')
      write(`${margin}${paint('red', 'The play could not go on.')} ${text}`)
    },
  }
}

function diffLine(line: DiffLine, paint: Paint, columns: number): string {
  if (line.sign === 'fold') return paint('dim', `${margin}  ⋮ ${line.count} unchanged lines`)
  const text = cut(`${line.sign} ${line.text}`, columns - margin.length)
  if (line.sign === ' ') return `${margin}${paint('dim', text)}`
  return `${margin}${paint(line.sign === '+' ? 'green' : 'red', text)}`
}

function cut(text: string, width: number): string {
  if (text.length <= width) return text
  const end = `… +${text.length - width} characters`
  return text.slice(0, Math.max(width - end.length, 20)) + end
}
