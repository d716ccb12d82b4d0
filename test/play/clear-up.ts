import { rmSync } from 'node:fs'
import { killTagged } from './process.ts'

/** Ends the processes of a run and removes its folder. */
export function clearUp(tag: string, folder: string): void {
  killTagged(tag)
  rmSync(folder, { recursive: true, force: true })
}

/** As a program, `clear-up.ts TAG FOLDER`: does so when its standard input ends. */
if (import.meta.main) {
  const [tag = '', folder = ''] = process.argv.slice(2)
  process.stdin.resume().once('end', () => clearUp(tag, folder))
}
