import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'

// A bundle that builds may still die when it runs: at a "Dynamic require", or at a file that its package has beside its code.

const root = join(import.meta.dirname, '../..')
execFileSync('node', [join(root, 'image/bundle.ts')], { stdio: 'inherit' })

// What makes each say its first words and end.
const runs: Record<string, readonly string[]> = {
  authorize: [],
  'control-plane': ['--help'],
  gate: ['--help'],
  'reference-server': ['--help'],
  sidecar: [],
  'tls-connect': ['127.0.0.1', '1'],
  webhook: ['--help'],
}

t.test('every bundle has a run here', async (t) => {
  const bundles = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.cjs'))
  t.strictSame(
    bundles.sort(),
    Object.keys(runs)
      .map((name) => `${name}.cjs`)
      .sort(),
  )
})

for (const [name, args] of Object.entries(runs)) {
  t.test(`${name} loads all that it needs, far from node_modules`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-')) // not in the checkout, whose node_modules would be found
    t.teardown(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'bundle.cjs')
    copyFileSync(join(root, 'dist', `${name}.cjs`), file)
    // `env -i`, for tap hands its own loader to every Node below it, and that one loads more than the image's does.
    const command = ['-i', process.execPath, file, ...args]
    const { stdout, stderr } = spawnSync('env', command, { cwd: folder, encoding: 'utf8', timeout: 20_000 })
    t.not(`${stdout}${stderr}`, '', 'it got as far as saying something')
    t.notMatch(stderr, /Dynamic require|Cannot find (module|package)|MODULE_NOT_FOUND|(Syntax|Reference|Type)Error/)
  })
}
