import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clearUp } from './clear-up.ts'

export interface RunFolder {
  readonly folder: string
  /** Marks every process of the run. */
  readonly tag: string
  /** Ends the run's processes and removes the folder. Called on every way out; twice does no harm. */
  clear(): void
}

/** A temporary folder and a tag for one run; nothing of either outlives this process, whatever ends it. */
export function createRunFolder(): RunFolder {
  const folder = mkdtempSync(join(tmpdir(), 'play-'))
  const tag = randomUUID()
  const dismiss = leaveWatcher(tag, folder)
  const clear = () => {
    process.off('exit', clear)
    clearUp(tag, folder)
    dismiss()
  }
  process.on('exit', clear)
  return { folder, tag, clear }
}

/** Lets the usual signals end the process by `exit`, so that what is registered for it still runs. */
export function exitOnSignals(): void {
  const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
  for (const [signal, code] of Object.entries(codes)) process.once(signal, () => process.exit(code))
  // The reader of a pipe is gone: nobody is left to play for.
  process.stdout.on('error', () => process.exit(1))
}

/** For the one way out that nobody hears of, SIGKILL: the end of the watcher's standard input tells it that we are gone. */
function leaveWatcher(tag: string, folder: string): () => void {
  const program = join(import.meta.dirname, 'clear-up.ts')
  const watcher = spawn(process.execPath, [program, tag, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  return () => watcher.stdin.destroy()
}
