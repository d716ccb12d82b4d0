import { annotations } from '../policy/annotations.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { isWithin, normalizePath } from '../policy/mount-paths.ts'

/**
 * An obstacle, where the folder of the marker would be mounted over what the pod runs: a mount hides all that its directory has in
 * the image. Of the web root nothing is known here.
 */
export function findHiddenFile(
  healthcheckDir: string | undefined,
  files: readonly string[],
): GreenroomError | undefined {
  const dir = normalizePath(healthcheckDir ?? '')
  const hidden = files.find((file) => file.startsWith('/') && isWithin(normalizePath(file), dir))
  if (!healthcheckDir || hidden === undefined) return undefined
  return new GreenroomError('MountPathTaken', {
    at: `annotation ${annotations.healthcheckDir.key}`,
    found: healthcheckDir,
    expected: 'a new directory',
    fix: `It would hide ${hidden}. Name a new directory of the app's web root.`,
  })
}
