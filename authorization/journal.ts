import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { standingGrant } from './standing-grant.ts'

/** The pod's journal in the run folder. */
const fileName = 'journal'

export function readStandingGrant(run: string): string | null {
  return standingGrant(read(run))
}

/**
 * Tells the sidecar, which alone writes the journal and waits at this FIFO; it has been there since before this container
 * started. Where it is being restarted, it is tried again for a while; false where nobody came: the grant is then asked for
 * again in the pod's next life, and taken back all the same at the end of this one.
 */
export async function announceAuthorized(run: string, ip: string, patienceMs = usualPatienceMs): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    if (tryTell(join(run, 'events'), `\nauthorized ${ip}\n`)) return true
    if (Date.now() > deadline) return false
    await sleep(retryMs)
  }
}

/** A crashed sidecar is started again at once the first time, and after ten seconds the next. */
const usualPatienceMs = 12_000
const retryMs = 50

/** Never waits: without a reader the open fails, and a FIFO that is full is one that nobody reads. */
function tryTell(fifo: string, text: string): boolean {
  let fd: number | undefined
  try {
    fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
    return writeSync(fd, text) === Buffer.byteLength(text)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENXIO' || code === 'ENOENT' || code === 'EAGAIN') return false
    throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function read(run: string): string {
  try {
    return readFileSync(join(run, fileName), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
