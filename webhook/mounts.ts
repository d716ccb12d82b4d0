import { normalize } from 'node:path/posix'
import { bearer, helperMountPath, runMountPath, subPaths, tokenMountPath, volumeName } from '../policy/names.ts'

/**
 * For our own containers: the whole volume; and nothing where Kubernetes would mount the pod's service account token,
 * for what has a mount there already is passed over (admission plugin ServiceAccount), and we need no token.
 */
export const ownMounts = [
  { name: volumeName, mountPath: runMountPath },
  { name: volumeName, mountPath: tokenMountPath, subPath: subPaths.empty, readOnly: true },
]

/** For those of our containers that call the authorization service, where it wants a token; nobody else has it. */
export const tokenMount = { name: bearer.volumeName, mountPath: bearer.mountPath, readOnly: true }

/**
 * What the app container sees of the volume, each part by subPath and read-only: its FIFOs and the lock need no more,
 * and nothing can be planted.
 */
export function appMounts(healthcheckDir: string | undefined) {
  const part = (subPath: string, mountPath: string) => ({ name: volumeName, mountPath, subPath, readOnly: true })
  const always = [part(subPaths.helper, helperMountPath), part(subPaths.shared, runMountPath)]
  return healthcheckDir === undefined ? always : [...always, part(subPaths.www, healthcheckDir)]
}

/** Whether a path is a directory, or lies in it; both normalized. */
export const isWithin = (path: string, directory: string) => `${path}/`.startsWith(`${directory}/`)

/** A path of a mount as the kubelet and the runtime take it: from the root, without empty, `.` and `..` parts. */
export const normalizePath = (path: string) => (isNormal.test(path) ? path : normalize(`/${path}/`).slice(0, -1))

/** Nearly all are: no part is empty, and none begins with a dot. */
const isNormal = /^(?:\/[^/.][^/]*)+$/
