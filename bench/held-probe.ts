import type { Pod } from '../test/cluster/support/pod.ts'
import { type Process, processesOf } from '../test/cluster/support/processes.ts'
import { untilInVolume } from '../test/cluster/support/volume.ts'

/** Resolves when the probe's chain holds: two answers 200, the second after it had been held, and the next is being held. */
export function untilProbeHeld(pod: Pod): Promise<true> {
  let first: string | undefined
  return untilInVolume(pod, { file: 'reported', what: 'a held answer 200' }, (text) => {
    if (!text.startsWith('200 ')) return undefined
    first ??= text
    return text === first ? undefined : true
  })
}

/** The processes that a probe is made of, while it is held. */
export function isProbe({ command }: Process): boolean {
  return command.includes('/greenroom/serve') && !command.includes('tcpsvd')
}

/** The sidecar's processes at a moment when its probe is held, as it nearly always is. */
export function processesWithProbe(pod: Pod): Process[] {
  for (;;) {
    const processes = processesOf(pod, 'greenroom')
    if (processes.some(isProbe)) return processes
  }
}
