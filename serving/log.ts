import { once } from 'node:events'
import { type Logger, pino } from 'pino'

/** Together in one write, which takes longer than all else that a line does. Nobody reads a log faster. */
const flushMs = 100
const mostTogether = 16 * 1024

/** As much as is kept for a reader that stalls, as the runtime does while it is upgraded; what comes then is dropped, and counted. */
const keptBytes = 1024 * 1024

const mostClosingMs = 5_000

/** The log of a server. */
export interface Log {
  readonly logger: Logger
  /** Resolves once all is read that was said, or nobody reads it. */
  readonly close: () => Promise<void>
}

/** On stdout, a line of JSON each. Never waits for its reader: a pipe that is full would else stop the server with it. */
export function openLog(level: string): Log {
  const stdout = pino.destination({ fd: 1, sync: false, maxLength: keptBytes })
  let lines = ''
  let dropped = 0
  let isWriting = false
  let isClosing = false
  const flush = () => {
    const text = lines
    lines = ''
    isWriting = true
    stdout.write(text)
  }
  const write = (line: string) => {
    if (lines === '') setTimeout(() => !isClosing && flush(), flushMs).unref()
    lines += line
    if (lines.length > mostTogether) flush()
  }
  const logger = pino({ level }, { write })
  stdout.on('drop', (text: string) => {
    dropped += text.split('\n').length - 1
  })
  stdout.on('drain', () => {
    isWriting = false
    if (dropped > 0) logger.warn({ dropped }, 'lines were dropped, for nobody read them')
    dropped = 0
  })
  // What a process says that fails is not closed.
  process.on('exit', () => {
    flush()
    stdout.flushSync()
  })
  return {
    logger,
    async close() {
      isClosing = true
      const signal = AbortSignal.timeout(mostClosingMs)
      const drained = () => once(stdout, 'drain', { signal }).catch(() => {}) // Nobody reads it.
      // The last words come when there is room for them: those before may fill it.
      if (isWriting) await drained()
      if (signal.aborted) return
      flush()
      await drained()
    },
  }
}
