import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'

const program = join(import.meta.dirname, '../../image/build-helper')

/** Runs it where a compiler fails after many words: the first thing that it calls is apt. */
function run(t: Test, ...args: readonly string[]) {
  const folder = t.testdir({ bin: { 'apt-get': '#!/bin/sh\necho one; echo two; echo three\nexit 1\n' }, cache: {} })
  chmodSync(join(folder, 'bin/apt-get'), 0o755)
  const env = { PATH: `${folder}/bin:${process.env.PATH}`, GREENROOM_CACHE: `${folder}/cache` }
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env })
  return { status, stdout, lines: stderr.trim().split('\n'), cache: env.GREENROOM_CACHE }
}

t.test('where nothing can be compiled it says so in one line, and borrows', async (t) => {
  const { status, stdout, lines, cache } = run(t)
  t.equal(status, 0, lines.join('\n'))
  t.equal(stdout, `${cache}/helper-borrowed\n`)
  t.equal(lines.length, 2, lines.join('\n'))
  t.match(lines[1], /^build-helper: compiling did not work, using the machine's own/)
})

t.test('for an image it fails, with what the compiler said last', async (t) => {
  const { status, lines } = run(t, 'own')
  t.equal(status, 1)
  t.match(lines.join('\n'), /^three$/m)
  t.match(lines.at(-1), 'cannot be compiled here')
})
