import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { agentStage } from './agent-stage.ts'
import { addProgram, helper, processOf, startAgent } from './app.ts'
import { commandLine, descriptors, parentOf } from './proc.ts'
import { hasMarker, isReady, journal, journaled, sayToAgent, tellPreStop, tellResident } from './sidecar.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'

const exits = (stage: Stage) => journal(stage).filter((line) => line.startsWith('exited'))
const starts = (stage: Stage) => journal(stage).filter((line) => line.startsWith('started'))
const holders = (stage: Stage) =>
  stage.living('app').filter(({ pid }) => [...descriptors(pid).values()].includes(join(stage.run, 'shared/alive')))

async function killAgent(stage: Stage): Promise<void> {
  const agent = await processOf(stage, 'agent')
  process.kill(agent, 'SIGKILL')
  await until('another agent', async () => (await processOf(stage, 'agent')) !== agent)
}

const isSleeping = (stage: Stage, shell: number) =>
  stage.living('app').some(({ pid, command }) => parentOf(pid) === shell && command.includes('usleep'))

t.jobs = 6

t.test('where there is no sidecar any more, the preStop waits for as long as a load balancer needs', async (t) => {
  const { stage } = await agentStage(t)
  const stop = (limit: string, least: string) =>
    stage.start({ container: 'app', argv: helper(stage, 'offline', join(stage.run, 'shared'), limit, least) }).exited
  const begin = performance.now()
  const withSidecar = stop('6', '1')
  t.equal(await withSidecar, 0)
  t.ok(performance.now() - begin >= 5_900, 'one that is there is waited for')
  stage.kill('sidecar')
  const alone = performance.now()
  t.equal(await stop('60', '5'), 0)
  const waitedMs = performance.now() - alone
  t.ok(waitedMs >= 4_900 && waitedMs < 30_000, `${waitedMs} ms`)
})

t.test('an agent that is killed comes back with the same boot', async (t) => {
  const { stage, boot } = await agentStage(t)
  await killAgent(stage)
  await until('its word', () => starts(stage).length === 2)
  t.strictSame(starts(stage), [`started ${boot}`, `started ${boot}`])
  t.strictSame(exits(stage), [])
})

t.test('a hook outlives its agent, and is not run twice', async (t) => {
  const { stage, request, exited, exit, output, program, said } = await agentStage(t)
  const hook = { argv: [program(`echo run >>runs; until [ -e ${stage.app}/go ]; do sleep 0.02; done; echo end`)] }
  request(hook)
  await said('runs')
  await killAgent(stage)
  // As the decider does once it hears `started` again.
  request(hook)
  request(hook)
  request({ name: 'other', argv: ['/bin/true'] })
  t.equal(await exit('other'), '0', 'the requests before it were read')
  t.equal(await said('runs'), 'run')
  t.notOk(exited())
  addProgram(stage, 'go', '')
  t.equal(await exit(), '0')
  await until('its last word', () => output().includes('end'))
  t.equal(await said('runs'), 'run')
})

t.test('an agent waits for what its killed predecessor was about to run', async (t) => {
  const { stage, boot } = await agentStage(t)
  // A copy of the shell that has not become the hook yet has its command line.
  const fifo = join(stage.app, boot)
  execFileSync('mkfifo', [fifo])
  const pending = spawn('cat', [boot], { cwd: stage.app, argv0: `${stage.run}/helper/agent` })
  t.teardown(() => pending.kill('SIGKILL'))
  await once(pending, 'spawn')
  await killAgent(stage)
  await until('it to wait', async () => isSleeping(stage, await processOf(stage, 'agent')))
  t.equal(starts(stage).length, 1)
  writeFileSync(fifo, '')
  await until('its word', () => starts(stage).length === 2)
})

t.test('one of ours that is becoming another program is waited for, for it may be the hook', async (t) => {
  const { stage, boot, request, exit, program } = await agentStage(t)
  const [busybox = ''] = helper(stage, 'hook')
  execFileSync('mkfifo', [join(stage.app, 'hook')])
  // The kernel tells no command line meanwhile. That of this one looks so to a shell, which reads a line, until the agent waits.
  const agent = await processOf(stage, 'agent')
  const becomes = `
    until read -r child </proc/${agent}/task/${agent}/children; [ -n "$child" ]; do :; done
    exec "${busybox}" cat "$PWD/hook" ${boot} preOnline`
  const becoming = spawn(busybox, ['-c', becomes], { cwd: stage.app, argv0: '\n/sh', stdio: 'ignore' })
  t.teardown(() => becoming.kill('SIGKILL'))
  await once(becoming, 'spawn')
  request({ argv: [program('echo run >runs')] })
  request({ name: 'other', argv: ['/bin/true'] })
  t.equal(await exit('other'), '0', 'the request before it was read')
  t.notOk(existsSync(join(stage.app, 'runs')))
})

t.test('a hook that becomes another program while its command line is read is found', async (t) => {
  const { stage, boot, request, exit, program } = await agentStage(t)
  const command = `/hook${boot}twice`
  // Each has it, but not the first bytes of one with the others of the next.
  const becoming = spawn(process.execPath, [
    '-e',
    `const turn = (times) => {
      const room = String(times).padStart(1000, '-')
      process.title = times % 2 ? room + '${command}' : '${command}' + room
      setTimeout(turn, 20, times + 1)
    }
    turn(0)`,
    ' '.repeat(1000),
  ])
  t.teardown(() => becoming.kill('SIGKILL'))
  await until('its own title', () => !commandLine(becoming.pid ?? 0).includes(process.execPath))
  const runs = program('echo run >>runs')
  for (let times = 0; times < 30; times++) request({ name: 'twice', argv: [runs] })
  request({ name: 'other', argv: ['/bin/true'] })
  t.equal(await exit('other'), '0', 'the requests before it were read')
  t.notOk(existsSync(join(stage.app, 'runs')))
})

t.test('requests at once are one run', async (t) => {
  const { stage, boot, said, exit } = await agentStage(t)
  for (let times = 1; times <= 5; times++) {
    const waits = `until [ -e go-${times} ]; do sleep 0.02; done`
    const hook = addProgram(stage, `hook-${times}`, `echo run >>runs-${times}; ${waits}`)
    const line = `run ${boot} hook-${times} 30 required start ${hook}\x1f`
    sayToAgent(stage, `${line}\n${line}\n${line}\nhello`)
    await until('all to be read', () => starts(stage).length === 1 + times)
    addProgram(stage, `go-${times}`, '')
    await exit(`hook-${times}`)
    t.equal(await said(`runs-${times}`), 'run')
  }
})

t.test('without its keeper the agent holds the lock; without both the app is gone', async (t) => {
  const { stage, boot } = await agentStage(t)
  const keeper = await processOf(stage, 'keeper')
  process.kill(keeper, 'SIGKILL')
  await until('the keeper to go', () => holders(stage).length === 1)
  tellResident(stage, `go-online ${journal(stage).length}`)
  await until('Ready', () => isReady(stage))
  t.strictSame(exits(stage), [])

  process.kill(await processOf(stage, 'agent'), 'SIGKILL')
  await journaled(stage, `exited ${boot}`)
  t.notOk(hasMarker(stage) || isReady(stage))
})

t.test('a hook that runs on without keeper and agent does not hold the lock', async (t) => {
  const { stage, boot, request, program, said } = await agentStage(t)
  request({ argv: [program('echo run >runs; exec sleep 600')] })
  await said('runs')
  t.equal(holders(stage).length, 2, 'keeper and agent')
  for (const file of ['keeper', 'agent']) process.kill(await processOf(stage, file), 'SIGKILL')
  await journaled(stage, `exited ${boot}`)
})

t.test('a new app container is a new boot', async (t) => {
  const { stage, boot } = await agentStage(t)
  stage.kill('app')
  await journaled(stage, `exited ${boot}`)
  t.equal(await startAgent(stage), 0)
  await until('another boot', () => starts(stage).length === 2)
  t.not(starts(stage)[1], starts(stage)[0])
})

t.test('an app container that restarts at once is missed by nobody', async (t) => {
  const { stage } = await agentStage(t)
  for (let times = 2; times < 6; times++) {
    tellResident(stage, `go-online ${journal(stage).length}`)
    await until('Ready', () => isReady(stage))
    stage.kill('app')
    t.equal(await startAgent(stage), 0)
    await until('another boot', () => starts(stage).length === times)
    t.notOk(hasMarker(stage) || isReady(stage), 'its marker is earned anew')
  }
  t.equal(new Set(starts(stage)).size, 5)
})

t.test('a second keeper waits for the first to go', async (t) => {
  const { stage, boot } = await agentStage(t)
  t.equal(await startAgent(stage), 0)
  process.kill(await processOf(stage, 'keeper'), 'SIGKILL')
  process.kill(await processOf(stage, 'agent'), 'SIGKILL')
  await until('the second', () => starts(stage).length === 2)
  t.not(starts(stage)[1], `started ${boot}`)
})

t.test('postStart: the own one runs first, and its failure is the result', async (t) => {
  const { stage, program, said } = await agentStage(t)
  stage.kill('app')
  await until('exit', () => exits(stage).length === 1)
  const words = ['a b', '', '*', "it's"]
  const own = program('printf "<%s>" "$@" >own; exit 7')
  t.equal(await startAgent(stage, { postStart: [own, ...words] }), 7)
  t.equal(await said('own'), words.map((word) => `<${word}>`).join(''))
  t.equal(await startAgent(stage, { postStart: ['/nonexistent'] }), 127)
  await until('no agent to be left behind', () => stage.living('app').length === 0)
  t.equal(await startAgent(stage, { postStart: [program('exit 0')] }), 0)
  await until('an agent', () => starts(stage).length === 2)
})

t.test('preStop waits for its release, says so once, and becomes the own one', async (t) => {
  const { stage, program } = await agentStage(t)
  const own = program('printf "<%s>\\n" "$@"; exit 9')
  const stop = stage.start({
    container: 'app',
    argv: helper(stage, 'offline', join(stage.run, 'shared'), '30', '5', '--', own, 'a b', ''),
  })
  await journaled(stage, 'offline-stop')
  t.strictSame(stop.lines, [], 'it waits')
  tellPreStop(stage)
  t.equal(await stop.exited, 9)
  await until('its output', () => stop.lines.length === 2)
  t.strictSame(stop.lines, ['<a b>', '<>'])
})

t.test('preStop is bounded by its limit, with or without an own one', async (t) => {
  const { stage } = await agentStage(t)
  const offline = (...own: string[]) =>
    stage.start({ container: 'app', argv: helper(stage, 'offline', join(stage.run, 'shared'), '1', '1', ...own) })
      .exited
  const begin = performance.now()
  t.strictSame(await Promise.all([offline(), offline('--', '/bin/false')]), [0, 1])
  t.ok(performance.now() - begin >= 950)
})

t.test('preStop runs the own one even where nothing of ours is there', async (t) => {
  const { stage } = await agentStage(t)
  const argv = helper(stage, 'offline', '/nonexistent', '30', '5', '--', '/bin/sh', '-c', 'exit 5')
  t.equal(await stage.start({ container: 'app', argv }).exited, 5)
})
