import { closeSync, openSync, readFileSync, watch } from 'node:fs'
import type { Pod } from './pod.ts'
import { readVolume, untilInVolume, volumeFolder } from './volume.ts'

export interface JournalLine {
  /** Milliseconds since the epoch, by the resident's clock. */
  readonly at: number
  readonly words: string
}

/** The whole story: the run before the current one, then the current one. */
export function readJournal(pod: Pod): JournalLine[] {
  return ['journal.1', 'journal'].flatMap((file) => parse(readVolume(pod, file)))
}

/** Resolves when a line of the current journal begins with `words`, at once if one is there already. */
export function untilJournal(pod: Pod, words: string, withinMs?: number): Promise<JournalLine> {
  const look = (text: string) => parse(text).find((line) => line.words.startsWith(words))
  return untilInVolume(pod, { file: 'journal', what: `line "${words}"`, withinMs }, look)
}

/** The current journal, readable until `close` even when the pod and its volume are gone. */
export function keepJournal(pod: Pod) {
  const fd = openSync(`${volumeFolder(pod)}/journal`, 'r')
  return { read: () => parse(readFileSync(`/proc/self/fd/${fd}`, 'utf8')), close: () => closeSync(fd) }
}

/**
 * Keeps hold of the current journal, so that `stop`, which returns it, may come after the pod has gone: on a busy machine the
 * volume goes sooner than its last line is seen.
 */
export function followJournal(pod: Pod): { stop(): JournalLine[] } {
  let kept: ReturnType<typeof keepJournal> | undefined
  const look = () => {
    try {
      const now = keepJournal(pod) // Another file of that name where it was folded.
      kept?.close()
      kept = now
    } catch {
      // Not there yet, or no more.
    }
  }
  const watcher = watch(volumeFolder(pod), look)
  look()
  return {
    stop() {
      watcher.close()
      const lines = kept?.read() ?? []
      kept?.close()
      return lines
    },
  }
}

/** Every line that the journal has had, also those that were folded away since, until `stop`. */
export function collectJournal(pod: Pod): { stop(): JournalLine[] } {
  const seen = new Map<string, JournalLine>()
  const look = () => {
    for (const line of readJournal(pod)) if (!/^snapshot /.test(line.words)) seen.set(`${line.at} ${line.words}`, line)
  }
  const watcher = watch(volumeFolder(pod), look)
  look()
  return {
    stop() {
      watcher.close()
      return [...seen.values()].sort((a, b) => a.at - b.at)
    },
  }
}

function parse(text: string): JournalLine[] {
  return text
    .split('\n')
    .map((line) => line.match(/^(\d+\.\d+) (.+)$/))
    .filter((match) => match !== null)
    .map(([, time, words = '']) => ({ at: Number(time) * 1000, words }))
}
