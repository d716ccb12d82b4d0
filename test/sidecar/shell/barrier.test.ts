import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { resting } from './deciders.ts'
import { hasMarker, isReady, shell, startResident, startSidecar } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

const fifos = ['shared/app-events', 'shared/commands', 'shared/output', 'shared/released', 'events']

function plantMarker(stage: Stage): void {
  const folder = join(stage.run, 'www-boot-0')
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true })
    symlinkSync('www-boot-0', join(stage.run, 'shown'))
  }
  for (const file of ['shown/healthcheck.html', 'ready']) writeFileSync(join(stage.run, file), 'ok\n')
}

t.test('the barrier returns once everything is there and a stale marker is gone', async (t) => {
  const stage = createStage(t)
  plantMarker(stage)
  const barrier = stage.start({ container: 'sidecar', argv: shell(stage, 'barrier', stage.run) })
  const sidecar = await startResident(stage, { decide: resting(stage) })
  t.equal(await barrier.exited, 0, sidecar.lines.join('; '))

  t.notOk(hasMarker(stage), 'the marker of an earlier run is gone')
  t.notOk(isReady(stage))
  for (const file of ['busybox', 'socat', 'start', 'keeper', 'agent', 'hook', 'offline', 'alive']) {
    const copy = join(stage.run, 'helper', file)
    t.ok(readFileSync(copy).equals(readFileSync(join(stage.image, file))), `${file} is whole`)
    t.equal(statSync(copy).mode & 0o777, 0o755, `the app's user may run ${file}`)
  }
  for (const fifo of fifos) t.ok(statSync(join(stage.run, fifo)).isFIFO(), fifo)
  t.equal(statSync(join(stage.run, 'reserve')).size, 65_536, 'room for the last lines of a full disk')
  t.strictSame(
    sidecar.lines.filter((line) => !line.startsWith('greenroom: ')),
    [],
    'nothing complains',
  )
})

t.test("the app's user may use its FIFOs, and nobody else's", async (t) => {
  const stage = createStage(t)
  await startSidecar(stage, { decide: resting(stage) })
  const mode = (file: string) => statSync(join(stage.run, file)).mode & 0o7777
  for (const fifo of fifos.slice(0, 4)) t.equal(mode(fifo), 0o666, fifo)
  for (const fifo of ['events', 'edge']) t.equal(mode(fifo), 0o600, fifo)
  // Read-only is enough for flock; a sticky folder would refuse FIFOs to other users under fs.protected_fifos.
  t.equal(mode('shared/alive'), 0o644)
  t.equal(mode('shared'), 0o755)
})

t.test('a second start keeps the FIFOs and the helper, and takes the marker away again', async (t) => {
  const stage = createStage(t)
  const first = await startSidecar(stage, { decide: resting(stage) })
  const kept = [...fifos, 'shared/alive', 'helper/busybox', 'helper/agent']
  const inodes = () => kept.map((file) => statSync(join(stage.run, file)).ino)
  const before = inodes()
  first.signal('SIGTERM')
  t.equal(await first.exited, 0)

  plantMarker(stage)
  await startSidecar(stage, { decide: resting(stage) })
  t.strictSame(inodes(), before)
  t.notOk(hasMarker(stage))
  t.notOk(isReady(stage))
})

t.test('the word of an earlier start opens no barrier', async (t) => {
  const stage = createStage(t)
  const earlier = await startSidecar(stage, { decide: resting(stage) })
  stage.kill('sidecar')
  await earlier.exited
  plantMarker(stage)
  const barrier = stage.start({ container: 'sidecar', argv: shell(stage, 'barrier', stage.run) })
  await startResident(stage, { decide: resting(stage) })
  t.equal(await barrier.exited, 0)
  t.notOk(hasMarker(stage))
})

t.test('a resident that cannot prepare the volume says so and ends', async (t) => {
  const stage = createStage(t)
  writeFileSync(join(stage.run, 'shared'), 'not a folder')
  const sidecar = await startResident(stage, { decide: resting(stage) })
  t.equal(await sidecar.exited, 1)
  await until('its reason', () => sidecar.lines.length > 0)
})
