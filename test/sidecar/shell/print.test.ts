import t from 'tap'
import { resting } from './deciders.ts'
import { sayAsHook, startSidecar, tellResident } from './sidecar.ts'
import { createStage } from './stage.ts'
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
