import type { LxcfsFile } from '../policy/lxcfs/files.ts'
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

/** A file that shows a container its own limits. What the agent mounts on it later has to come into the container, which is propagation. */
export const lxcfsMount = ({ path, volumeName: name }: LxcfsFile) => ({
  name,
  mountPath: path,
  readOnly: true,
  mountPropagation: 'HostToContainer',
})
