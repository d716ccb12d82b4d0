import { findSidecar, settingsOf } from './own-parts.ts'
import { type RawContainer, type RawPod, type RawProbe, routedProbe } from './schema/pod.ts'

/** The fields of its readiness probe that an earlier pass has written over, as they were; undefined where none has. */
export function findOwnProbe(pod: RawPod): Partial<RawProbe> | undefined {
  const sidecar = findSidecar(pod)
  const settings = sidecar && settingsOf(sidecar)
  if (settings === undefined) return undefined
  try {
    const { success, data } = routedProbe.safeParse(JSON.parse(settings))
    return success ? data.check : undefined
  } catch {
    return undefined // Settings that people have edited; this pass writes them anew.
  }
}

/** The app container as it was before the sidecar answered its readiness probe: that is what everything is derived from. */
export function withOwnProbe(app: RawContainer, pod: RawPod): RawContainer {
  const own = findOwnProbe(pod)
  return own ? { ...app, readinessProbe: { ...app.readinessProbe, ...own } } : app
}
