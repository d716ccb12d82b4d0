import { execFileSync } from 'node:child_process'
import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const program = join(import.meta.dirname, '../../image/forget')

t.test('of a kind the newest three stay, and what was used a moment ago', async (t) => {
  const minutes = { 'image-a.tar': 50, 'image-b.tar': 40, 'image-c.tar': 30, 'image-d.tar': 20, 'image-e.tar': 0 }
  const folder = t.testdir({ ...Object.fromEntries(Object.keys(minutes).map((name) => [name, ''])), 'app-a.tar': '' })
  const touch = (name: string, ago: number) => utimesSync(join(folder, name), 0, Date.now() / 1000 - ago * 60)
  for (const [name, ago] of Object.entries(minutes)) touch(name, ago)
  touch('app-a.tar', 500)
  execFileSync(program, [folder, 'image-*.tar'])
  t.strictSame(readdirSync(folder), ['app-a.tar', 'image-c.tar', 'image-d.tar', 'image-e.tar'])
  for (const name of ['image-c.tar', 'image-d.tar']) touch(name, 1)
  for (const name of ['image-f.tar', 'image-g.tar']) execFileSync('touch', [join(folder, name)])
  execFileSync(program, [folder, 'image-*.tar'])
  t.equal(readdirSync(folder).length, 6, 'another checkout may be importing it')
})

t.test('nothing of the kind is no error', async (t) => {
  execFileSync(program, [t.testdir({}), 'image-*.tar'])
})
