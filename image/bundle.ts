// Makes dist/*.cjs, the image's /opt/greenroom, and dist/meta.json, which says what went into each. Does nothing where nothing has changed.
// CommonJS: as ES modules express, undici, pino and client-node die at their first "Dynamic require".
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type Metafile } from 'esbuild'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

const entries = {
  webhook: 'webhook/main.ts',
  sidecar: 'sidecar/main.ts',
  'tls-connect': 'sidecar/tls-connect.ts',
  authorize: 'authorization/authorize.ts',
  gate: 'authorization/gate/main.ts',
  'control-plane': 'control-plane/main.ts',
  'reference-server': 'authorization/reference/main.ts',
}

const missing = Object.values(entries).filter((entry) => !existsSync(join(root, entry)))
if (missing.length > 0) {
  console.error(`bundle: no such entry: ${missing.join(', ')}. The table of entries is in image/bundle.ts.`)
  process.exit(1)
}
if (!isUpToDate()) await bundle()

async function bundle(): Promise<void> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Comments are most of some packages, and one letter in them that is not Latin makes V8 keep the whole source with two bytes each.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'external',
    metafile: true,
    logLevel: 'warning',
    // In CommonJS `import.meta` is empty: what reads it would fail in the image only.
    logOverride: { 'empty-import-meta': 'error' },
  }).catch(() => process.exit(1)) // esbuild has said what and where
  rmSync(join(dist, 'meta.json'), { force: true })
  for (const { path, contents } of outputFiles) writeWhole(path, contents)
  writeWhole(join(dist, 'meta.json'), JSON.stringify({ ...metafile, stamp: stamp(metafile) }))
}

/** What a bundle depends on: its sources by their content, the packages by the lock file. */
function stamp({ inputs }: Metafile): string {
  const sources = Object.keys(inputs).filter((path) => !path.includes('node_modules/'))
  const hash = createHash('sha256')
  for (const path of [...sources, 'package-lock.json', 'tsconfig.json', 'image/bundle.ts']) {
    const file = join(root, path)
    hash.update(`${path}\n`).update(existsSync(file) ? readFileSync(file) : 'gone')
  }
  return hash.digest('hex')
}

function isUpToDate(): boolean {
  const bundles = Object.keys(entries).map((name) => join(dist, `${name}.cjs`))
  if (![...bundles, join(dist, 'meta.json')].every((file) => existsSync(file))) return false
  const meta: Metafile & { stamp?: string } = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8'))
  return meta.stamp === stamp(meta)
}

/** By rename, for a demo or a test may be reading the file. */
function writeWhole(path: string, contents: Uint8Array | string): void {
  mkdirSync(dist, { recursive: true })
  const building = join(dist, `.${basename(path)}.${process.pid}`)
  writeFileSync(building, contents)
  renameSync(building, path)
}
