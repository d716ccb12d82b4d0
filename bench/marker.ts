import { existsSync, watch } from 'node:fs'
import { request } from 'node:http'
import type { Pod } from '../test/cluster/support/pod.ts'
import { volumeFolder } from '../test/cluster/support/volume.ts'

const markerPath = '/healthcheck.html'
const port = 15720

/** Resolves with the time at which the sidecar's port answers 404 for the marker. A fresh connection each time, as load balancers do. */
export async function untilMarkerGone(pod: Pod): Promise<number> {
  while ((await askMarker(pod)) !== 404);
  return Date.now()
}

function askMarker(pod: Pod): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: pod.status.podIP, port, path: markerPath, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/**
 * The times at which the marker appears in the volume and goes from it, as the node's file system tells. The marker's folder
 * is `www` until the first run goes online, which renames it and shows it as `shown`; a watch stays with a renamed folder.
 */
export function watchMarker(pod: Pod) {
  const shown = `${volumeFolder(pod)}/shown`
  const appeared = Promise.withResolvers<number>()
  const gone = Promise.withResolvers<number>()
  const watcher = watch(existsSync(shown) ? shown : `${volumeFolder(pod)}/www`, () => {
    if (existsSync(shown + markerPath)) appeared.resolve(Date.now())
    else gone.resolve(Date.now())
  })
  return { appeared: appeared.promise, gone: gone.promise, stop: () => watcher.close() }
}
