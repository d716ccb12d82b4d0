import { fstatSync, openSync, readSync, watch, writeFileSync } from 'node:fs'

/** How often the file is looked at where change notices do not come: inotify instances are few, and shared by a node's pods. */
const fallbackMs = 250

export interface Journal {
  /** All lines read so far, the header included; their number is what the resident compares with its own. */
  readonly lines: readonly string[]
  /** Reads what was appended since, and returns only that. */
  readNew(): string[]
  /** Resolves when there may be something new. */
  changed(): Promise<void>
}

/** Follows the journal, which the resident alone writes. */
export function openJournal(path: string): Journal {
  const fd = openSync(path, 'r')
  const lines: string[] = []
  let offset = 0
  let partial = ''
  let wake = () => {}
  watchOrPoll(path, () => wake())

  return {
    lines,
    readNew() {
      const size = fstatSync(fd).size
      const buffer = Buffer.alloc(Math.max(0, size - offset))
      const bytes = readSync(fd, buffer, 0, buffer.length, offset)
      offset += bytes
      const pieces = (partial + buffer.toString('utf8', 0, bytes)).split('\n')
      partial = pieces.pop() ?? ''
      lines.push(...pieces)
      return pieces
    },
    changed: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, fallbackMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}

function watchOrPoll(path: string, notice: () => void): void {
  try {
    watch(path, notice).on('error', () => {})
  } catch {
    // EMFILE or ENOSPC: `changed` looks by itself every now and then.
  }
}

/** Writes what the resident may swap in for the journal. */
export function writeNextJournal(path: string, lines: readonly string[]): void {
  writeFileSync(path, `${lines.join('\n')}\n`, { flush: true })
}
