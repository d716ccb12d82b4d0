import { closeSync, openSync, writeSync } from 'node:fs'
import type { Pod } from './pod.ts'
import { volumeFolder } from './volume.ts'

/** Writes into a FIFO of the pod's volume as the node's root. Read-write, so that no reader is waited for. */
export function tell(pod: Pod, fifo: string, text: string): void {
  const fd = openSync(`${volumeFolder(pod)}/${fifo}`, 'r+')
  try {
    writeSync(fd, text)
  } finally {
    closeSync(fd)
  }
}
