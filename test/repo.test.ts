import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const sources = files.filter((file) => file.endsWith('.ts'))

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^(?:import|export)\b[^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name))
}

/** The chain of imports from a file to the first import that is not allowed; null if there is none. */
function findChain(file: string, isBad: (name: string) => boolean, seen = new Set<string>()): string[] | null {
  if (seen.has(file)) return null
  seen.add(file)
  for (const name of importsOf(file)) {
    if (isBad(name)) return [file, name]
    const chain = name.endsWith('.ts') ? findChain(name, isBad, seen) : null
    if (chain) return [file, ...chain]
  }
  return null
}

// Folders are the architecture: what decides must not lean on what does, and no two doers on each other.
const mayImport: Record<string, readonly string[]> = {
  policy: [],
  serving: ['policy'],
  webhook: ['policy', 'serving'],
  sidecar: ['policy', 'authorization/bearer-file.ts', 'authorization/client.ts', 'authorization/exchange.ts'],
  authorization: ['policy', 'serving'],
  'control-plane': ['policy', 'serving'],
}

for (const [folder, allowed] of Object.entries(mayImport)) {
  t.test(`${folder}/ imports only ${['itself', ...allowed].join(', ')} and packages`, async (t) => {
    const offenders = sources
      .filter((file) => file.startsWith(`${folder}/`))
      .flatMap((file) =>
        importsOf(file)
          .filter((name) => name.endsWith('.ts') && !name.startsWith(`${folder}/`))
          .filter((name) => !allowed.some((prefix) => name === prefix || name.startsWith(`${prefix}/`)))
          .map((name) => `${file} imports ${name}; move what both need to policy/`),
      )
    t.same(offenders, [])
  })
}

// Every package that the sidecar loads is paid for by every pod at every wake-up; zod alone costs 27 ms.
for (const main of ['sidecar/main.ts', 'sidecar/tls-connect.ts', 'authorization/authorize.ts']) {
  t.test(`${main} loads node: modules only`, async (t) => {
    const chain = findChain(main, (name) => !name.endsWith('.ts') && !name.startsWith('node:'))
    t.equal(chain?.join(' -> '), undefined)
  })
}

// zod lives in policy/schema, and types of it may be used anywhere; its code may not reach a pod.
t.test('nothing in a pod reaches policy/schema', async (t) => {
  const chain = findChain('sidecar/main.ts', (name) => name.startsWith('policy/schema/'))
  t.equal(chain?.join(' -> '), undefined)
})

// One name for one thing: who imports from where it is defined finds it there.
t.test('there are no index files and no utils', async (t) => {
  t.same(
    sources.filter((file) => /(^|\/)(index|utils?|helpers?|misc|common)\.ts$/.test(file)),
    [],
  )
})

// A path of the machine that somebody wrote on works nowhere else; a registry's host is the business of who installs.
// Inside the image and its builder, the nonroot user's home and the cache are no machine's.
t.test('no file names a machine or a package registry', async (t) => {
  const bad =
    /(?<![\w}])\/root\/(?!\.cache\/greenroom)|\/home\/(?!nonroot)\w|\/work\/|registry\.npmjs|proxy\.golang|deb\.debian|pypi\.org|crates\.io/
  const offenders = files
    .filter((file) => file !== 'test/repo.test.ts' && !/\.(png|tar)$/.test(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) => (bad.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
    )
  t.same(offenders, [])
})

// Play shows what any pod would do. If it knew Greenroom, it could only show what it expects.
t.test('test/play does not name Greenroom', async (t) => {
  const offenders = files.filter(
    (file) => file.startsWith('test/play/') && /greenroom/i.test(`${file}\n${readFileSync(file, 'utf8')}`),
  )
  t.same(offenders, [])
})

// Who reads a script at three in the morning must see at once who runs it, as whom, and what it may hang on.
for (const { folder, shell, user } of [
  { folder: /^sidecar\/shell\//, shell: '/greenroom/busybox', user: /user/i },
  { folder: /^lxcfs-mounts\/(shell|www)\//, shell: '/bin/busybox', user: /as root|as they do|ordinary user/ },
])
  t.test(`every script of ${folder.source} says who runs it and what it blocks on`, async (t) => {
    const scripts = files.filter((file) => folder.test(file))
    t.ok(scripts.length > 5)
    for (const script of scripts) {
      const text = readFileSync(script, 'utf8')
      const header = text.slice(0, text.search(/^[^#]/m))
      t.match(header, user, `${script} says as whom it runs`)
      t.match(header, /[Bb]locks? on|[Ww]aits for/, `${script} says what it may block on`)
      if (header.startsWith('# Sourced by')) continue
      t.ok(header.startsWith(`#!${shell} sh\n`), `${script} is run by our own busybox`)
      t.match(text, /^set -u/m, `${script} stops at unset variables`)
    }
  })
