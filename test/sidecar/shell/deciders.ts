import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import type { Stage } from './stage.ts'

/** What stands in for sidecar/main.ts where a test decides by itself. */

/** Reads all there is, rests, and leaves. */
export function resting(stage: Stage): string[] {
  return script(stage, 'say "rest $(count)"')
}

/** A shell script with `count`, the journal's lines, and `say`, a word to the resident. */
export function script(stage: Stage, body: string): string[] {
  const file = join(stage.app, '..', 'decide')
  const preamble = [
    'set -u',
    `busybox=${stage.busybox}`,
    'cd "$GREENROOM_RUN"',
    'exec 3<>events',
    'count() { "$busybox" wc -l <journal; }',
    'say() { printf \'%s\\n\' "$*" >&3; }',
  ]
  writeFileSync(file, [...preamble, body, ''].join('\n'))
  chmodSync(file, 0o755)
  return [stage.busybox, 'sh', file]
}

/** sidecar/main.ts itself, bundled as in the image. */
export function real(stage: Stage): string[] {
  const outfile = join(stage.app, '..', 'sidecar.cjs')
  const entry = join(import.meta.dirname, '../../../sidecar/main.ts')
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node24', format: 'cjs' })
  return [process.execPath, '--max-old-space-size=32', outfile]
}
