import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { holdLock } from './app.ts'
import { resting, script } from './deciders.ts'
import { hasMarker, isReady, journal, journaled, startResident, startSidecar, tellResident } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

/** What the deciders of a test wrote about themselves. */
function deeds(stage: Stage): string[] {
  const file = join(stage.run, 'deeds')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

const journalLength = (stage: Stage) => readFileSync(join(stage.run, 'journal'), 'utf8').split('\n').length - 1

t.test('bursts of events: none is left unhandled, and there are never two deciders', async (t) => {
  const stage = createStage(t)
  const decide = script(
    stage,
    `"$busybox" mkdir deciding || echo two >>deeds
    lines=$(count)
    # Time for what comes between the look and the word.
    "$busybox" usleep 3000
    echo "$lines" >>deeds
    say "rest $lines"
    "$busybox" usleep 3000
    "$busybox" rm -r deciding`,
  )
  await startSidecar(stage, { decide })
  for (let burst = 0; burst < 30; burst++) {
    for (let event = 0; event < 10; event++) tellResident(stage, `hook-exited boot-1 hook-${burst} ${event}`)
    await journaled(stage, `hook-exited boot-1 hook-${burst} 9`)
  }
  await until('the last rest', () => Number(deeds(stage).at(-1)) === journalLength(stage))
  const hooks = journal(stage).filter((line) => line.startsWith('hook-exited'))
  t.equal(new Set(hooks).size, 300, 'every event is there')
  t.equal(hooks.length, 300, 'and once')
  t.notOk(deeds(stage).includes('two'))
  t.ok(deeds(stage).length > 3, 'lines that the decider did not see woke it again')
})

t.test('a decider that cannot be started: never a marker, but off works, later and later', async (t) => {
  const stage = createStage(t)
  const begin = performance.now()
  const sidecar = await startSidecar(stage, { decide: ['/nonexistent/node'] })
  await holdLock(stage)
  const tries = () => journal(stage).filter((line) => line === 'decider-exited 127').length
  // At once, at once again, after 1 s, after 2 s.
  await until('four tries', () => tries() === 4)
  t.ok(performance.now() - begin > 2500, 'it backs off')
  t.ok(tries() <= 5)
  t.notOk(hasMarker(stage))

  // Whatever put it online: the shell alone takes it off.
  tellResident(stage, 'started boot-1')
  await journaled(stage, 'started boot-1')
  tellResident(stage, `go-online ${journalLength(stage)}`)
  await until('the marker', () => hasMarker(stage) && isReady(stage))
  stage.kill('app')
  await until('no marker', () => !hasMarker(stage) && !isReady(stage))

  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 1, 'what was to be decided at the end was not')
})

t.test('a decider that handles nothing while much happens piles up nothing', async (t) => {
  const stage = createStage(t)
  await startSidecar(stage, { decide: ['/bin/true'] })
  for (let event = 0; event < 200; event++) {
    tellResident(stage, `hook-exited boot-1 hook ${event}`)
    await journaled(stage, `hook-exited boot-1 hook ${event}`)
  }
  // A sleeper is a shell and its `sleep`; without a bound there are as many as there were deciders.
  t.ok(stage.living().length < 30, `${stage.living().length} processes`)
})

t.test('what comes while a decider leaves wakes the next at once, however often', async (t) => {
  const stage = createStage(t)
  const decide = script(
    stage,
    `lines=$(count); echo "$lines" >>deeds
    while [ ! -e "go-$lines" ]; do "$busybox" usleep 2000; done`,
  )
  await startSidecar(stage, { decide })
  const begin = performance.now()
  for (let round = 0; round < 8; round++) {
    const read = await until('a decider', () => deeds(stage)[round])
    tellResident(stage, `note while-${round}`)
    await journaled(stage, `while-${round}`)
    writeFileSync(join(stage.run, `go-${read}`), '')
  }
  await until('the last decider', () => deeds(stage).length > 8)
  // Waits that grow, as after failures, would be more than half a minute by now.
  t.ok(performance.now() - begin < 10_000)
})

t.test('a decider that fails three times at the end is not waited for any longer', async (t) => {
  const stage = createStage(t)
  const decide = script(stage, 'echo try >>deeds; [ ! -e broken ] || exit 3; say "rest $(count)"')
  const sidecar = await startSidecar(stage, { decide })
  await until('rest', () => deeds(stage).length > 0)
  writeFileSync(join(stage.run, 'broken'), '')
  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 1)
  t.ok(deeds(stage).length <= 5)
})

t.test('SIGTERM: decides, then exits, and leaves nobody behind', async (t) => {
  const stage = createStage(t)
  const decide = script(
    stage,
    `! "$busybox" grep -q terminating journal || "$busybox" grep -q decided journal || say "note decided"
    lines=$(count)
    say "rest $lines"`,
  )
  const sidecar = await startSidecar(stage, { decide })
  await holdLock(stage)
  tellResident(stage, 'started boot-1')
  await journaled(stage, 'started boot-1')
  tellResident(stage, `go-online ${journalLength(stage)}`)
  await until('the marker', () => hasMarker(stage))

  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 0)
  t.strictSame(journal(stage).slice(-2), ['terminating alive', 'decided'])
  t.notOk(hasMarker(stage) || isReady(stage))
  await until('everybody else to go', () => stage.living('sidecar').length === 0)
})

t.test('SIGTERM without an app', async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 0)
  t.equal(journal(stage).at(-1), 'terminating gone')
})

t.test('SIGTERM while the volume is being prepared is not forgotten', async (t) => {
  const stage = createStage(t)
  const itself = join(stage.image, 'prepare-itself')
  renameSync(join(stage.image, 'prepare'), itself)
  writeFileSync(
    join(stage.image, 'prepare'),
    `: >"$1/preparing"; until [ -e "$1/go" ]; do ${stage.busybox} usleep 5000; done; exec ${stage.busybox} sh ${itself} "$@"`,
  )
  const sidecar = await startResident(stage, { decide: resting(stage) })
  await until('the preparation', () => existsSync(join(stage.run, 'preparing')))
  sidecar.signal('SIGTERM')
  writeFileSync(join(stage.run, 'go'), '')
  t.equal(await sidecar.exited, 0)
  t.equal(journal(stage).at(-1), 'terminating gone')
})

t.test('SIGTERM while the decider works: it is asked again', async (t) => {
  const stage = createStage(t)
  const decide = script(
    stage,
    'lines=$(count); echo "$lines" >>deeds; while [ ! -e go ]; do "$busybox" usleep 5000; done; say "rest $lines"',
  )
  const sidecar = await startSidecar(stage, { decide })
  await until('a decider', () => deeds(stage).length === 1)
  sidecar.signal('SIGTERM')
  const terminating = await journaled(stage, 'terminating gone')
  writeFileSync(join(stage.run, 'go'), '')
  t.equal(await sidecar.exited, 0)
  t.equal(Number(deeds(stage).at(-1)), terminating)
})

t.test('a shorter journal is swapped in, and goes on from there', async (t) => {
  const stage = createStage(t)
  const decide = script(
    stage,
    `lines=$(count)
    if [ -e shorten ]; then
      printf '%s\\n' 'greenroom-journal 1' "1.000001 snapshot boot=boot-1 {\\"of\\":$lines}" >journal.next
      "$busybox" rm shorten
      say "rest $lines swap 2"
    else
      say "rest $lines"
    fi
    echo "$lines" >>deeds`,
  )
  const sidecar = await startSidecar(stage, { decide })
  await holdLock(stage)
  tellResident(stage, 'started boot-1')
  await journaled(stage, 'started boot-1')
  const rested = () => Number(deeds(stage).at(-1)) === journalLength(stage)
  await until('rest', rested)
  const before = readFileSync(join(stage.run, 'journal'), 'utf8')

  writeFileSync(join(stage.run, 'shorten'), '')
  tellResident(stage, 'hook-exited boot-1 preOnline 0')
  await journaled(stage, /^snapshot/)
  t.ok(readFileSync(join(stage.run, 'journal.1'), 'utf8').startsWith(before), 'the run before is kept')
  t.equal(statSync(join(stage.run, 'journal.1')).nlink, 1)

  // Nothing has taken the pod offline since line 2 of the new journal.
  tellResident(stage, 'go-online 2')
  t.equal(await journaled(stage, 'online'), 3)
  t.ok(hasMarker(stage))
  tellResident(stage, 'deleting')
  await journaled(stage, 'deleting')
  tellResident(stage, 'go-online 3')
  tellResident(stage, 'note asked')
  await journaled(stage, 'asked')
  t.notOk(hasMarker(stage), 'lines are counted from the new beginning')

  stage.kill('sidecar')
  await sidecar.exited
  await startSidecar(stage, { decide })
  stage.kill('app')
  await journaled(stage, 'exited boot-1')
  t.pass("the resident knows the boot from the snapshot's line")
})

t.test('a rest that does not know the last line neither ends the work nor swaps', async (t) => {
  const stage = createStage(t)
  await startSidecar(stage, { decide: script(stage, 'echo x >>deeds; [ -e quiet ] || exit 0; say "rest $(count)"') })
  writeFileSync(join(stage.run, 'journal.next'), 'greenroom-journal 1\n')
  tellResident(stage, 'rest 1 swap 1')
  tellResident(stage, 'note after')
  await journaled(stage, 'after')
  t.ok(existsSync(join(stage.run, 'journal.next')))
  writeFileSync(join(stage.run, 'quiet'), '')
  await until('a decider that was woken again', () => deeds(stage).length > 1)
})

t.test('where there was no app yet, the end waits for a grant that is on its way', async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  sidecar.signal('SIGTERM')
  await journaled(stage, 'terminating gone')
  await until('it lingers', () => stage.living('sidecar').some(({ command }) => command.endsWith('busybox sleep 2')))
  tellResident(stage, 'authorized 10.0.0.1')
  t.equal(await sidecar.exited, 0)
  t.equal(journal(stage).at(-1), 'authorized 10.0.0.1', 'which is decided about like any other line')
})
