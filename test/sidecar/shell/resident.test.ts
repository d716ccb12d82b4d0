import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { holdLock } from './app.ts'
import { resting } from './deciders.ts'
import { goOnline, hasMarker, isReady, journal, journaled, startSidecar, tellResident } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

/** Nobody decides here but the test: an app that runs, and a resident that has heard of it. */
async function startedStage(t: Test) {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  const keeper = await holdLock(stage)
  tellResident(stage, 'started boot-1')
  await journaled(stage, 'started boot-1')
  return { stage, sidecar, keeper }
}

/** Everything said before is done once this is noted. */
async function settled(stage: Stage): Promise<void> {
  const note = `settled-${Math.random()}`
  tellResident(stage, `note ${note}`)
  await journaled(stage, note)
}

/** As on a full disk, a write fails; the signal that comes with this limit is ignored. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])
}

// The rows of design section 3: what each event leaves of marker and Ready.
const rows: [event: string, leaves: { marker: boolean; ready: boolean }][] = [
  ['started boot-1', { marker: true, ready: true }],
  ['started boot-2', { marker: false, ready: false }],
  ['exited boot-1', { marker: false, ready: false }],
  ['exited boot-0', { marker: true, ready: true }],
  ['deleting', { marker: false, ready: true }],
  ['offline-stop', { marker: false, ready: true }],
  ['terminating', { marker: false, ready: false }],
  ['take-offline x', { marker: false, ready: false }],
  ['unhealthy boot-1', { marker: false, ready: false }],
  ['hold x', { marker: true, ready: true }],
  ['release x', { marker: true, ready: true }],
  ['bring-online x', { marker: true, ready: true }],
  ['unhealthy boot-0', { marker: true, ready: true }],
  ['healthy boot-1', { marker: true, ready: true }],
  ['reload x', { marker: true, ready: true }],
  ['pre-start-exited 1', { marker: true, ready: true }],
  ['hook-exited boot-1 preOnline 1', { marker: true, ready: true }],
  ['a-word-of-tomorrow boot-1', { marker: true, ready: true }],
  ['', { marker: true, ready: true }],
]

t.test('each event leaves what it may leave of a pod that is online', async (t) => {
  t.jobs = 4
  for (const [event, leaves] of rows) {
    t.test(`"${event}"`, async (t) => {
      const { stage } = await startedStage(t)
      await goOnline(stage)
      tellResident(stage, event)
      if (event === 'terminating') await journaled(stage, /^terminating/)
      else await settled(stage)
      t.strictSame({ marker: hasMarker(stage), ready: isReady(stage) }, leaves)
    })
  }
})

t.test('going online is refused when something took the pod offline after the last line that was read', async (t) => {
  const { stage, sidecar } = await startedStage(t)
  for (const event of ['started boot-2', 'deleting', 'offline-stop']) {
    const read = journal(stage).length
    tellResident(stage, event)
    tellResident(stage, `go-online ${read}`)
    await settled(stage)
    t.notOk(hasMarker(stage), `${event} wins`)

    // The decider has seen it since, and wants it all the same: its own word counts.
    await goOnline(stage)
    t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 200)
  }
})

t.test('what does not take the pod offline does not stop it from going online', async (t) => {
  const { stage } = await startedStage(t)
  const read = journal(stage).length
  tellResident(stage, 'hook-exited boot-1 preOnline 0')
  tellResident(stage, `go-online ${read}`)
  await until('the marker', () => hasMarker(stage) && isReady(stage))
})

t.test('a check that fails keeps the pod offline until it passes, also over a restart of the sidecar', async (t) => {
  const { stage } = await startedStage(t)
  await goOnline(stage)
  tellResident(stage, 'unhealthy boot-1')
  await journaled(stage, 'unhealthy')
  stage.kill('sidecar')
  await startSidecar(stage, { decide: resting(stage) })
  tellResident(stage, 'started boot-1')
  await settled(stage)
  tellResident(stage, `go-online ${journal(stage).length}`)
  await settled(stage)
  t.notOk(hasMarker(stage))
  tellResident(stage, 'healthy boot-0')
  await settled(stage)
  t.notOk(journal(stage).includes('healthy'), 'of another run')
  tellResident(stage, 'healthy boot-1')
  await journaled(stage, 'healthy')
  await goOnline(stage)
})

t.test('going online is refused when nobody holds the lock', async (t) => {
  const stage = createStage(t)
  await startSidecar(stage, { decide: resting(stage) })
  tellResident(stage, 'note something')
  await settled(stage)
  tellResident(stage, `go-online ${journal(stage).length}`)
  await settled(stage)
  t.notOk(hasMarker(stage))
  t.notOk(isReady(stage))
  t.notOk(journal(stage).includes('online'))
})

t.test('the end of the app container takes everything off at once', async (t) => {
  const { stage, sidecar } = await startedStage(t)
  await goOnline(stage)
  const begin = performance.now()
  stage.kill('app')
  await until('the marker to go', () => !hasMarker(stage) && !isReady(stage))
  // Some 10 ms; the rest is for a busy machine.
  t.ok(performance.now() - begin < 1000)
  await journaled(stage, 'exited boot-1')
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404)
})

t.test('a log that nobody reads holds up nothing, nor the end', async (t) => {
  const { stage, sidecar } = await startedStage(t)
  await goOnline(stage)
  sidecar.stopReading()
  // As an app that floods its hooks' output: the pipe of the container's output is full.
  const output = join(stage.run, 'shared/output')
  stage.start({ container: 'app', argv: ['/bin/sh', '-c', `yes ${'x'.repeat(900)} >${output}`] })
  let [printer, looks] = [0, 0]
  await until('its printer to wait for a reader', () => {
    tellResident(stage, 'hook-exited boot-1 hook 0')
    const pid = stage.living('sidecar').find(({ command }) => command.includes('sed -n'))?.pid ?? 0
    looks = pid > 0 && pid === printer ? looks + 1 : 0
    printer = pid
    return looks === 20
  })
  stage.kill('app')
  await until('the marker to go', () => !hasMarker(stage) && !isReady(stage))
  await journaled(stage, 'exited boot-1')
  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 0)
  await until('everybody else to go', () => stage.living('sidecar').length === 0)
})

t.test('an app that has filled the journal cannot keep the deletion out of it', async (t) => {
  const { stage } = await startedStage(t)
  const flood = '1700000000.000001 hook-exited x y z\n'.repeat(5000)
  stage.kill('sidecar')
  appendFileSync(join(stage.run, 'journal'), flood)
  await startSidecar(stage, { decide: resting(stage) })
  tellResident(stage, 'hook-exited boot-1 hook 1')
  tellResident(stage, 'deleting')
  await journaled(stage, 'deleting')
  t.notOk(journal(stage).includes('hook-exited boot-1 hook 1'), 'what the app says is dropped')
})

t.test('a disk that is full delays an event and loses none', async (t) => {
  const { stage, sidecar } = await startedStage(t)
  await goOnline(stage)
  // Room for what is there, and not for one more line.
  limitFiles(sidecar.pid, statSync(join(stage.run, 'journal')).size + 10)
  stage.kill('app')
  await until('the marker to go', () => !hasMarker(stage) && !isReady(stage))
  t.notOk(journal(stage).includes('exited boot-1'))
  limitFiles(sidecar.pid, 'unlimited')
  await journaled(stage, 'exited boot-1')
  await until('the log to have it', () => sidecar.lines.includes('greenroom: exited boot-1'))
})

t.test('what the next run of the app mounts has no marker, even where no sidecar is left to remove one', async (t) => {
  const { stage } = await startedStage(t)
  const inFolder = (folder: string) => existsSync(join(stage.run, folder, 'healthcheck.html'))
  await goOnline(stage)
  t.strictSame(['www-boot-1', 'www'].map(inFolder), [true, false])

  stage.kill('sidecar')
  stage.kill('app')
  t.strictSame(['www-boot-1', 'www'].map(inFolder), [true, false], 'nobody was there to take it off')
  await startSidecar(stage, { decide: resting(stage) })
  t.strictSame(['www-boot-1', 'www'].map(inFolder), [false, false])

  await holdLock(stage)
  tellResident(stage, 'started boot-2')
  await journaled(stage, 'started boot-2')
  await goOnline(stage)
  t.strictSame(['www-boot-1', 'www-boot-2', 'www'].map(inFolder), [false, true, false])
  await settled(stage)
  t.notOk(existsSync(join(stage.run, 'www-boot-1')), 'and nothing piles up')
})

t.test('a resident that comes back while the app runs watches it again', async (t) => {
  const { stage } = await startedStage(t)
  await goOnline(stage)
  stage.kill('sidecar')
  await startSidecar(stage, { decide: resting(stage) })
  t.notOk(hasMarker(stage), 'on is earned anew')
  t.strictSame(
    journal(stage).filter((line) => line.startsWith('exited')),
    [],
  )
  stage.kill('app')
  await journaled(stage, 'exited boot-1')
})

t.test('a resident that comes back without the app says that it is gone', async (t) => {
  const { stage } = await startedStage(t)
  stage.kill('sidecar')
  stage.kill('app')
  await startSidecar(stage, { decide: resting(stage) })
  await journaled(stage, 'exited boot-1')
})

t.test('a watcher that is killed is replaced', async (t) => {
  const { stage } = await startedStage(t)
  await goOnline(stage)
  const watchers = () => stage.living('sidecar').filter(({ command }) => command.includes('flock -s shared/alive'))
  const [watcher] = await until('one watcher', () => watchers().length === 1 && watchers())
  process.kill(watcher?.pid ?? 0, 'SIGKILL')
  await until('another watcher', () => watchers().some(({ pid }) => pid !== watcher?.pid))
  t.ok(hasMarker(stage), 'the app is alive')
  stage.kill('app')
  await journaled(stage, 'exited boot-1')
  t.notOk(hasMarker(stage))
})

const halves: [name: string, tail: string][] = [
  ['half a line', '1700000002.1 onli'],
  ['half a line that looks whole', '1700000002.1 started boot-9'],
  ['a block of NULs, as some file systems leave it', '\0\0\0\0\0\0\0\0'],
  ['half a line and NULs', '1700000002.1 onl\0\0\0'],
]

t.test('a journal whose last line a power cut left half written', async (t) => {
  for (const [name, tail] of halves) {
    t.test(name, async (t) => {
      const stage = createStage(t)
      const whole = 'greenroom-journal 1\n1700000001.000001 started boot-1\n'
      writeFileSync(join(stage.run, 'journal'), `${whole}${tail}`)
      const sidecar = await startSidecar(stage, { decide: resting(stage) })
      await journaled(stage, 'exited boot-1')
      const [, , half, ...lines] = journal(stage)
      t.equal(`${half}`, tail.replace(/^[\d.]+ /, ''), 'it is a line of its own')
      t.match(lines[0], /^sidecar-started /)
      t.equal(lines[1], 'exited boot-1')
      t.equal(lines.length, 2, 'both count the same lines, so that the decider was woken once')
      sidecar.signal('SIGTERM')
      t.equal(await sidecar.exited, 0)
    })
  }
})
