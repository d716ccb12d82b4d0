import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a full FIFO is tried: its reader is about to read, or is gone and everything starts anew. */
const patienceMs = 2000

/**
 * Writes one line to a FIFO, never blocking in an open or a write: opened read-write, so that a reader is not waited for,
 * and non-blocking, so that an app that fills its own FIFO stops nobody but itself.
 */
export async function writeLine(path: string, line: string): Promise<void> {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  try {
    const deadline = Date.now() + patienceMs
    while (!tryWrite(fd, `${line}\n`) && Date.now() < deadline) await sleep(20)
  } finally {
    closeSync(fd)
  }
}

function tryWrite(fd: number, text: string): boolean {
  try {
    // Up to PIPE_BUF (4 KiB) a write is whole or fails; what the pod's settings may hold is far below that.
    const bytes = writeSync(fd, text)
    if (bytes !== Buffer.byteLength(text)) throw new Error(`wrote ${bytes} bytes of a line of ${text.length}`)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return false
    throw error
  }
}
