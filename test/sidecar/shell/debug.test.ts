import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { listening } from '../../listening.ts'
import { startAgent } from './app.ts'
import { resting } from './deciders.ts'
import { freePort, isListening } from './free-port.ts'
import { processState } from './proc.ts'
import { journal, journaled, sayToAgent, startSidecar } from './sidecar.ts'
import { createStage } from './stage.ts'
import { until } from './until.ts'

/** A pod for debugging, with a server in the place of its JVM. */
async function createPod(t: Test, { longestSeconds = 3600, liveness = 'composite', jvm = true } = {}) {
  const stage = createStage(t)
  const accepted: Socket[] = []
  const server = createServer((socket) => accepted.push(socket.on('error', () => {})))
  t.teardown(() => {
    for (const socket of accepted) socket.destroy()
  })
  const jdwp = jvm ? await listening(t, server) : await freePort()
  const port = await freePort()
  const env = { GREENROOM_DEBUG: `${longestSeconds} ${liveness} ${jdwp} ${port}` }
  await startSidecar(stage, { decide: resting(stage), env })
  await startAgent(stage)
  await journaled(stage, /^started /)
  const debug = async (...words: string[]) => {
    const argv = [`${stage.run}/helper/busybox`, 'sh', `${stage.run}/helper/debug`, ...words]
    const running = stage.start({ container: 'app', argv, env: { GREENROOM_RUN: `${stage.run}/shared` } })
    const code = await running.exited
    await until('its words', () => running.lines.length > 0)
    return { code, said: running.lines.join('\n') }
  }
  const told = () => journal(stage).filter((line) => line.startsWith('debug-'))
  const processes = () => stage.living('app').filter(({ command }) => /\/(session|socat) /.test(command))
  return { stage, accepted, port, debug, told, processes }
}

t.jobs = 2

t.test('a session is opened, used, told of and closed, and leaves nothing behind', async (t) => {
  const { stage, accepted, port, debug, told, processes } = await createPod(t)
  t.match(await debug('status'), { code: 0, said: 'closed' })
  const opened = await debug('open', '--for', '90s', '--as', 'alice@example.com')
  t.match(opened, {
    code: 0,
    said: /^open: by alice@example.com, for 1 min [23]\d s, at 127.0.0.1:\d+ of the pod\nnext: kubectl port-forward -n shop pod\/pod-1 5005:\d+, /,
  })
  await journaled(stage, /^debug-opened alice@example.com (89|90)$/)
  t.match(await debug('status'), { code: 0, said: /^open: by alice@example.com, for 1 min/ })
  t.match(await debug('open'), { code: 1, said: 'debug: alice@example.com has a session open' })

  const debuggers = connect(port, '127.0.0.1')
  await once(debuggers, 'connect')
  debuggers.write('JDWP-Handshake')
  const jvm = await until('the connection', () => accepted[0])
  t.equal(String(jvm.read() ?? (await once(jvm, 'data'))[0]), 'JDWP-Handshake')
  const second = connect(port, '127.0.0.1')
  await once(second, 'connect')
  t.equal(accepted.length, 1, 'a second one is kept waiting, for the JVM would refuse it')
  t.equal(second.destroyed, false)
  second.destroy()
  debuggers.destroy()
  await once(jvm, 'close')
  await until('the next debugger to be welcome', () => isListening(port))

  const pids = processes().map(({ pid }) => pid)
  t.ok(pids.length >= 2, 'the session and its socat')
  t.match(await debug('close'), { code: 0, said: 'closed' })
  await journaled(stage, 'debug-closed asked')
  t.equal(told().length, 2)
  t.match(await debug('close'), { code: 1, said: 'debug: there is no session.' })
  await until('nothing of it', () => processes().length === 0)
  for (const pid of pids) t.not(processState(pid), 'Z', 'each is reaped')
})

t.test('a session that is left open ends by itself', async (t) => {
  const { stage, port, debug, processes } = await createPod(t, { longestSeconds: 3 })
  t.match(await debug('open'), { code: 0, said: 'open: by unnamed, for 0 min' })
  await once(connect(port, '127.0.0.1'), 'close')
  await journaled(stage, 'debug-closed limit')
  await until('nothing of it', () => processes().length === 0)
})

t.test('what is wrong is said, with what was expected', async (t) => {
  const { debug, processes } = await createPod(t)
  const rows: [words: string[], said: string | RegExp][] = [
    [[], /"" is no word that it knows\.\nusage: /],
    [['opne'], '"opne" is no word that it knows.'],
    [['open', '--for', '2'], '--for is "2", expected a duration such as 90s, 30m or 2h.'],
    [['open', '--for', '0s'], '--for is "0s", expected a duration'],
    [['open', '--for'], '--for is "", expected a duration'],
    [['open', '--for', '08h'], '--for is "08h", expected at most 1 h 0 min'],
    [['open', '--for', '2h'], '--for is "2h", expected at most 1 h 0 min, the policy\'s debug.longest.'],
    [['open', '--as', 'a b'], '--as is "a b", expected letters, digits or .@_-'],
    [['open', '--until', 'x'], 'there is no option "--until".'],
  ]
  for (const [words, said] of rows) t.match(await debug(...words), { code: 2, said }, words.join(' '))
  t.match(await debug('--help'), { code: 0, said: /^usage: debug WORD/ })
  t.equal(processes().length, 0)
})

t.test('what was asked for too long ago, or beside another, begins no session', async (t) => {
  const { stage, debug, told, processes } = await createPod(t)
  const now = Math.floor(Date.now() / 1000)
  sayToAgent(stage, `\nsession late ${now + 600} ${now - 60}`)
  sayToAgent(stage, `\nsession odd soon now`)
  t.match(await debug('open', '--as', 'alice'), { code: 0 })
  sayToAgent(stage, `\nsession second ${now + 600} ${now}`)
  t.match(await debug('status'), { code: 0, said: /^open: by alice/ })
  t.match(await debug('close'), { code: 0 })
  await until('nothing of it', () => processes().length === 0)
  t.strictSame(
    told().map((line) => line.replace(/ \d+$/, '')),
    ['debug-opened alice', 'debug-closed asked'],
  )
})

t.test('a session that was killed leaves nothing that counts, and nothing in the way', async (t) => {
  const { stage, debug, processes } = await createPod(t)
  await debug('open')
  const session = await until('it', () => processes().find(({ command }) => command.includes('/session '))?.pid)
  process.kill(session, 'SIGKILL')
  await until('its end', () => !processes().some(({ pid }) => pid === session))
  const argv = [`${stage.run}/helper/alive`, `${stage.run}/shared`, 'kubelet', 'tcp://:1']
  t.equal(await stage.start({ container: 'app', argv }).exited, 1)
  t.match(await debug('open', '--as', 'bob'), { code: 0, said: /^open: by bob/ })
})

t.test('without a JVM that listens there is nothing to open', async (t) => {
  const { debug, processes } = await createPod(t, { jvm: false })
  t.match(await debug('open'), { code: 1, said: 'no JVM listens at 127.0.0.1:' })
  t.equal(processes().length, 0)
})

t.test('where liveness was kept, a halted JVM is killed, and that is said', async (t) => {
  const { debug } = await createPod(t, { liveness: 'keep' })
  t.match(await debug('open'), { code: 0, said: 'liveness is not composite in this pod' })
})

t.test('in the sidecar it says where to run it', async (t) => {
  const { stage } = await createPod(t)
  const argv = [stage.busybox, 'sh', `${stage.image}/debug`, 'open']
  const running = stage.start({ container: 'sidecar', argv, env: { GREENROOM_RUN: stage.run } })
  t.equal(await running.exited, 1)
  await until('where', () => running.lines.some((line) => line.includes('Run it in the app container')))
})

t.test('a pod that is not for debugging says so', async (t) => {
  const stage = createStage(t)
  await startSidecar(stage, { decide: resting(stage) })
  const argv = [stage.busybox, 'sh', `${stage.run}/helper/debug`, 'open']
  const running = stage.start({ container: 'app', argv, env: { GREENROOM_RUN: `${stage.run}/shared` } })
  t.equal(await running.exited, 1)
  await until('why', () => running.lines.some((line) => line.includes('Create it with greenroom.dev/debug: "true"')))
})
