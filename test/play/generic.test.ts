import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'

// Play shows what a pod does by playing what the webhook returned. If it knew the product's names, it could show what it
// expects instead; what is special about the example belongs into examples/play.yaml.
const { name } = z.object({ name: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')))
const files = readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true }).filter((entry) =>
  entry.isFile(),
)
const offenders = files
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => readFileSync(file, 'utf8').toLowerCase().includes(name))

t.ok(files.length > 20, 'the files were found')
t.strictSame(offenders, [], `no file of test/play names ${name}: move it to examples/play.yaml`)
