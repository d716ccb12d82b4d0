import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { resting } from './deciders.ts'
import { sayAsHook, startSidecar, tellResident } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

t.test("the hooks' lines and the resident's do not run into each other", async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  const line = `[preOnline] ${'x'.repeat(1000)}`
  for (let times = 0; times < 100; times++) {
    sayAsHook(stage, line)
    tellResident(stage, `note between-${times}`)
    // Both go through pipes that hold 64 KiB, and it is this process that empties the last one.
    if (times % 10 === 9) await until('these', () => sidecar.lines.includes(`greenroom: between-${times}`))
  }
  await until('all of them', () => sidecar.lines.join('').split('x'.repeat(1000)).length === 101)
  t.equal(sidecar.lines.filter((one) => one === line).length, 100)
  t.equal(sidecar.lines.filter((one) => /^greenroom: between-\d+$/.test(one)).length, 100)
})

t.test('a line without an end comes in parts', async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  sayAsHook(stage, 'x'.repeat(30_000))
  const parts = await until('all of it', () => {
    const found = sidecar.lines.filter((line) => line.startsWith('x'))
    return found.join('').length === 30_000 && found
  })
  t.ok(parts.every((part) => part.length < 1024))
})

t.test('a line is shown too if the end of the printing before comes just before the resident waits', async (t) => {
  const stage = createStage(t)
  widen(stage)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  for (const name of ['one', 'two', 'last']) tellResident(stage, `note ${name}`)
  await until('the last', () => sidecar.lines.includes('greenroom: last'))
  t.strictSame(sidecar.lines.slice(-3), ['greenroom: one', 'greenroom: two', 'greenroom: last'])
})

/** That window is some microseconds: printing takes longer here, and the resident, after the last note, as long as that. */
function widen(stage: Stage): void {
  const file = join(stage.image, 'resident')
  const edited = readFileSync(file, 'utf8')
    .replace('  child "$busybox" sed', `  child "$busybox" sh -c '"$1" usleep 200000; exec "$@"' sh "$busybox" sed`)
    // The journal's header, the sidecar's start, and three notes.
    .replace('\n  read -r event', '\n  [ "$lines" -ne 5 ] || "$busybox" usleep 400000\n  read -r event')
  if (!/usleep 200000.*usleep 400000/s.test(edited)) throw new Error('The resident is not as this test knows it.')
  writeFileSync(file, edited)
}
