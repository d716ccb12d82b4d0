import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const buildHelper = join(import.meta.dirname, '../../image/build-helper')

/** Path of our own `traffic`, compiled where that has not been done yet. */
export const trafficProgram = join(
  execFileSync(buildHelper, ['own'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim(),
  'traffic',
)
