/**
 * Plays what a playbill names, for people: `node test/play/demo.ts [PLAYBILL]`. Exits with 0 where an outside observer
 * has nothing to complain of, else with the exit code of the first complaint (verdict.ts).
 */
import { join } from 'node:path'
import { createNarrator } from './narrator.ts'
import { paintFor } from './paint.ts'
import { perform } from './performance.ts'
import { readPlaybill } from './playbill.ts'
import { createRunFolder, exitOnSignals } from './run-folder.ts'
import { exitCodeOf } from './verdict.ts'

const { stdout } = process
process.chdir(join(import.meta.dirname, '../..'))
exitOnSignals()
const run = createRunFolder()
const paint = paintFor(stdout)
const narrator = createNarrator((line) => stdout.write(`${line}\n`), paint, stdout.columns ?? 120)

try {
  const playbill = readPlaybill(process.argv[2] ?? 'examples/play.yaml')
  const { checks } = await perform({ playbill, run, narrator })
  process.exitCode = exitCodeOf(checks)
} catch (error) {
  narrator.failed(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  run.clear()
}
