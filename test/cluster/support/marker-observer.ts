import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { askApp, askSidecar } from './app.ts'
import type { Pod } from './pod.ts'
import { volumeFolder } from './volume.ts'

export const places = ['on disk', 'at the sidecar', 'at the app'] as const

/** The marker was there from then until then; milliseconds since the epoch. */
export interface Sighting {
  readonly where: (typeof places)[number]
  readonly from: number
  readonly until: number
}

export interface MarkerObserver {
  readonly sightings: readonly Sighting[]
  /** Both ports answer 200, to requests that were sent after `since`. */
  isShown(since: number): boolean
  /** When the file went for the first time after `since`. */
  goneAt(since: number): number | undefined
  /** From now on the app is not asked: each question is traffic that a drain waits for. */
  leaveAppAlone(): void
  stop(): void
}

/** A look at the disk costs microseconds, one at the sidecar's port costs the node a process or two. */
const diskPauseMs = 4
const appPauseMs = 50
const sidecarPauseMs = 200

/** Looks for the marker as load balancers do, at both ports, and at the file itself. `current` is the pod as last seen. */
export function observeMarker(current: () => Pod): MarkerObserver {
  const sightings: Sighting[] = []
  const gone: number[] = []
  const shown = { app: 0, sidecar: 0 }
  let isStopped = false
  let isAppAsked = true

  async function lookAtDisk(): Promise<void> {
    let present: { where: 'on disk'; from: number; until: number } | null = null
    while (!isStopped) {
      const at = Date.now()
      if (!existsSync(`${volumeFolder(current())}/shown/healthcheck.html`)) {
        if (present) gone.push(at)
        present = null
      } else if (present) {
        present.until = at
      } else {
        present = { where: 'on disk', from: at, until: at }
        sightings.push(present)
      }
      await pause(diskPauseMs)
    }
  }

  async function askApps(): Promise<void> {
    while (!isStopped && isAppAsked) {
      await pause(appPauseMs)
      shown.app = await ask('at the app', () => askApp(current(), '/greenroom/healthcheck.html'))
    }
  }

  async function askSidecars(): Promise<void> {
    while (!isStopped) {
      await pause(sidecarPauseMs)
      shown.sidecar = await ask('at the sidecar', () => askSidecar(current(), '/healthcheck.html'))
    }
  }

  /** Resolves with the time of the question if the answer was 200, else 0. */
  async function ask(where: Sighting['where'], send: () => Promise<Response>): Promise<number> {
    const from = Date.now()
    const isOk = current().status.podIP !== undefined && (await send().then(isMarker, () => false))
    if (!isOk) return 0
    sightings.push({ where, from, until: Date.now() })
    return from
  }

  for (const look of [lookAtDisk, askApps, askSidecars]) look()
  return {
    sightings,
    isShown: (since) => shown.app > since && shown.sidecar > since,
    goneAt: (since) => gone.find((at) => at >= since),
    leaveAppAlone() {
      isAppAsked = false
    },
    stop() {
      isStopped = true
    },
  }
}

// A test that failed before `stop` has to end all the same.
const pause = (ms: number) => sleep(ms, undefined, { ref: false })

async function isMarker(response: Response): Promise<boolean> {
  await response.body?.cancel()
  return response.status === 200
}
