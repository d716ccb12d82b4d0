import { normalizePath } from '../../policy/mount-paths.ts'
import { appMounts } from '../mounts.ts'
import { add, pointer } from '../patch.ts'
import type { Mutator } from './context.ts'

/** Our parts of the volume in the app container. Somebody else's mount at one of the paths was an obstacle before. */
export const addAppMounts: Mutator = ({ injection: { app, healthcheckDir } }) => {
  const present = new Set(app.container.volumeMounts?.map(({ mountPath }) => normalizePath(mountPath)))
  const path = pointer('spec', 'containers', app.index, 'volumeMounts', '-')
  return appMounts(healthcheckDir)
    .filter(({ mountPath }) => !present.has(normalizePath(mountPath)))
    .map((mount) => add(path, mount))
}
