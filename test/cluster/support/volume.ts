import { existsSync, readFileSync, watch } from 'node:fs'
import { clusterFolder } from './cluster-folder.ts'
import type { Pod } from './pod.ts'
import { untilTrue } from './until-true.ts'

/** The pod's volume as the node sees it. */
export function volumeFolder(pod: Pod): string {
  return `${clusterFolder}/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/greenroom`
}

/** Resolves as soon as the kubelet has made the volume. */
export async function untilVolumeExists(pod: Pod, withinMs = 30_000): Promise<void> {
  const at = await untilTrue(() => existsSync(volumeFolder(pod)), Date.now() + withinMs)
  if (at === null) throw new Error(`${pod.metadata.name}: no volume within ${withinMs} ms`)
}

/** A private file of the volume; empty where it is not there yet. */
export function readVolume(pod: Pod, file: string): string {
  try {
    return readFileSync(`${volumeFolder(pod)}/${file}`, 'utf8')
  } catch {
    // Not there yet, or gone with the pod.
    return ''
  }
}

/** Resolves with what `look` finds in the file, at once if it is there already; rejects with the file after the limit. */
export function untilInVolume<T>(
  pod: Pod,
  { file, what, withinMs = 30_000 }: { file: string; what: string; withinMs?: number | undefined },
  look: (text: string) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const tryNow = () => {
      const found = look(readVolume(pod, file))
      if (found === undefined) return
      stop()
      resolve(found)
    }
    // The folder is watched, for files in it are replaced.
    const watcher = watch(volumeFolder(pod), tryNow)
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`${pod.metadata.name}: not within ${withinMs} ms: ${what}; ${file}:\n${readVolume(pod, file)}`))
    }, withinMs)
    const stop = () => {
      watcher.close()
      clearTimeout(timer)
    }
    tryNow()
  })
}

/** The state in words, as `/status` answers it, once it begins with `words`. */
export function untilStatus(pod: Pod, words: string, withinMs?: number): Promise<string> {
  const look = (text: string) => (text.startsWith(words) ? text : undefined)
  return untilInVolume(pod, { file: 'status', what: `status "${words}"`, withinMs }, look)
}
