import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Attempts, advance, capacity, freshAttempts, parseAttempts, spentAttempts } from './attempts.ts'

const fileName = 'attempts'

/** What the run folder's file holds, as of now. A missing file is a new pod's; an unreadable one counts as spent. */
export function readAttempts(run: string, { nowMs, refillMs }: { nowMs: number; refillMs: number }): Attempts {
  const text = readIfThere(join(run, fileName))
  if (text === null) return freshAttempts(nowMs)
  const attempts = parseAttempts(text)
  if (attempts && attempts.owedMs <= capacity * refillMs) return advance(attempts, nowMs)
  const spent = spentAttempts(nowMs, refillMs)
  // At once, or each restart would find the same rubbish and start the refill over: the pod would never ask again.
  writeAttempts(run, spent)
  return spent
}

/** By rename, so that no reader and no crash ever sees half a file; synced, or a node's crash could leave an empty one. */
export function writeAttempts(run: string, attempts: Attempts): void {
  const path = join(run, fileName)
  const draft = join(run, `.${fileName}`)
  const file = openSync(draft, 'w', 0o600)
  try {
    writeSync(file, `${JSON.stringify(attempts)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
