import { randomUUID } from 'node:crypto'
import t from 'tap'
import { killTagged, startProcess, taggedPids, tagName } from './process.ts'

const tag = randomUUID()
t.teardown(() => killTagged(tag))

const run = (script: string, suffix = '') => {
  const lines: string[] = []
  const env = { PATH: process.env.PATH ?? '', [tagName]: `${tag}${suffix}` }
  const started = startProcess({ argv: ['/bin/sh', '-c', script], cwd: '/', env }, (line, from) =>
    lines.push(`${from} ${line}`),
  )
  return { ...started, lines }
}

await t.test('exit codes are a shell’s, and output comes by line', async (t) => {
  const process = run('echo one; echo two >&2; printf three; exit 3')
  t.equal(await process.exited, 3)
  await process.drained
  t.strictSame(process.lines.sort(), ['stderr two', 'stdout one', 'stdout three'])
  t.equal(await run('kill -9 $$').exited, 137)
  const missing = startProcess({ argv: ['/no/such/program'], cwd: '/', env: {} }, (line) => t.match(line, /ENOENT/))
  t.equal(await missing.exited, 127)
})

await t.test(
  'what a process leaves behind is found by its tag, in whatever session, and nothing else is',
  async (t) => {
    const other = run('exec sleep 60', ':other')
    const leaving = run('setsid sleep 60 >/dev/null 2>&1 & sleep 60 & exit 0', ':one')
    t.equal(await leaving.exited, 0)
    t.equal(taggedPids(`${tag}:one`).length, 2)
    t.equal(taggedPids(`${tag}:on`).length, 0, 'half a tag is none')

    killTagged(`${tag}:one`)
    t.equal(taggedPids(`${tag}:one`).length, 0)
    t.equal(taggedPids(tag).length, 1, 'the other is still there')

    killTagged(tag)
    t.equal(await other.exited, 137)
  },
)
