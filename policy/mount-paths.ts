import { normalize } from 'node:path/posix'
import type { RawContainer } from './schema/pod.ts'

/** Whether a path is a directory, or lies in it; both normalized. */
export const isWithin = (path: string, directory: string) => `${path}/`.startsWith(`${directory}/`)

/** A path of a mount as the kubelet and the runtime take it: from the root, without empty, `.` and `..` parts. */
export const normalizePath = (path: string) => (isNormal.test(path) ? path : normalize(`/${path}/`).slice(0, -1))

/** Nearly all are: no part is empty, and none begins with a dot. */
const isNormal = /^(?:\/[^/.][^/]*)+$/

/** A path in a container where something is put. */
export interface PathUse {
  readonly field: string
  readonly name: string
  readonly mountPath: string
}

/** Where something is mounted into the container; the file of the termination message is, and a device has its place as well. */
export function pathsOf({ volumeMounts, volumeDevices, terminationMessagePath }: RawContainer): readonly PathUse[] {
  const mounts = (volumeMounts ?? []).map(({ name, mountPath }) => ({ field: 'mountPath', name, mountPath }))
  const devices = (volumeDevices ?? []).map((each) => ({ ...each, field: 'devicePath', mountPath: each.devicePath }))
  const message = { field: 'terminationMessagePath', name: 'it', mountPath: terminationMessagePath ?? '' }
  return [...mounts, ...devices, ...(terminationMessagePath ? [message] : [])]
}
