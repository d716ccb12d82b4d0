import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { listening } from '../listening.ts'
import { freePort } from './shell/free-port.ts'
import { commandName, pids, processState } from './shell/proc.ts'
import { createStage, type Running, type Stage } from './shell/stage.ts'
import { until } from './shell/until.ts'
import { startWebApp } from './shell/web-app.ts'

/** The program as the app container has it, in a pod at 127.0.0.1. */
function alive(stage: Stage, rule: string, url: string, ...headers: string[]): Running {
  return stage.start({ container: 'app', argv: [join(stage.image, 'alive'), stage.run, rule, url, ...headers] })
}

/** What the sidecar tells: the pod's IP, its own port if it is to be asked, and how long a session may last. */
function tell(stage: Stage, { ip = '127.0.0.1', port = 1, longestSeconds = 3600 } = {}): void {
  writeFileSync(join(stage.run, 'pod'), `orders\nshop\n${ip}\n${port}\n`)
  writeFileSync(join(stage.run, 'debug'), `${longestSeconds} composite 50005 50006\n`)
}

function createPod(t: Test): Stage {
  const stage = createStage(t)
  tell(stage)
  return stage
}

const code = async (...args: Parameters<typeof alive>) => alive(...args).exited

/** More than once on a machine so busy that the probe's own limit, 2 s, is not enough. */
const pass = (...args: Parameters<typeof alive>) => until('a pass', async () => (await code(...args)) === 0)

/** A copy of a program under another name: what the kernel calls it is what /proc says. */
async function startAs(stage: Stage, name: string, program: string, ...args: string[]): Promise<Running> {
  const folder = join(stage.app, `of-${name}-${Math.random()}`)
  mkdirSync(folder)
  copyFileSync(program, join(folder, name))
  const running = stage.start({ container: 'app', argv: [join(folder, name), ...args] })
  await until(name, () => stage.living('app').some(({ pid }) => pid === running.pid))
  return running
}

/** A JVM, to the kernel's eyes. */
const startJava = (stage: Stage) => startAs(stage, 'java', '/bin/sleep', '600')

/** A debugging session: the helper's socat listens. */
async function startSession(stage: Stage): Promise<Running> {
  const socat = `${stage.image}/socat TCP-LISTEN:${await freePort()},bind=127.0.0.1 STDIO`
  writeFileSync(join(stage.image, 'session'), `${socat} & echo $!; wait`)
  const session = stage.start({ container: 'app', argv: [stage.busybox, 'sh', join(stage.image, 'session')] })
  await hasProcess(stage, `${stage.image}/socat `)
  return session
}

/** One that this machine's programs can load. */
function anyLibrary(): string {
  const [library] = /\/\S+\/libm[.-]\S+/.exec(readFileSync('/proc/self/maps', 'utf8')) ?? []
  if (!library) throw new Error('expected Node to have loaded libm')
  return library
}

/** What the probe sees of a program that was started. */
const hasProcess = (stage: Stage, word: string) =>
  until(word, () => stage.living('app').some(({ command }) => command.includes(word)))

async function hangingApp(t: Test): Promise<string> {
  const app = await startWebApp(t)
  app.code = 0
  return `http://:${app.port}/`
}

const rules: [code: number, rule: string, passes: boolean][] = [
  [200, 'exactly-200', true],
  [204, 'exactly-200', false],
  [302, 'exactly-200', false],
  [404, 'exactly-200', false],
  [503, 'exactly-200', false],
  [200, 'kubelet', true],
  [204, 'kubelet', true],
  [302, 'kubelet', true],
  [399, 'kubelet', true],
  [404, 'kubelet', false],
  [503, 'kubelet', false],
]

t.jobs = 4

t.test('the answer decides, by the rule', async (t) => {
  const stage = createPod(t)
  const app = await startWebApp(t)
  for (const [status, rule, passes] of rules) {
    app.code = status
    app.location = status === 302 ? `http://127.0.0.1:${app.port}/elsewhere` : ''
    const url = `http://:${app.port}/up?a=b`
    if (passes) {
      t.ok(await pass(stage, rule, url), `${status} by ${rule}`)
      continue
    }
    const probe = alive(stage, rule, url)
    t.equal(await probe.exited, 1, `${status} by ${rule}`)
    await until('the reason', () => probe.lines.some((line) => / answered [1-5n]/.test(line)))
  }
})

t.test('headers arrive whole', async (t) => {
  const stage = createPod(t)
  const app = await startWebApp(t)
  const url = `http://:${app.port}/`
  await pass(stage, 'exactly-200', url, 'X-Token: a b  *', 'Host: shop.example', 'X-Empty: ')
  t.match(app.seen, { 'x-token': 'a b  *', host: 'shop.example' })
})

t.test('an app that does not answer is not waited for long, and nobody is left behind', async (t) => {
  const stage = createPod(t)
  const begin = performance.now()
  const probe = alive(stage, 'exactly-200', await hangingApp(t))
  t.equal(await probe.exited, 1)
  t.ok(performance.now() - begin >= 1900)
  // A process that outlives the probe becomes a child of the app, which may never reap it.
  t.strictSame(stage.living('app'), [])
  await until('the reason', () => probe.lines.some((line) => line.includes('answered nothing')))
})

t.test('a port where nobody listens', async (t) => {
  const stage = createPod(t)
  const port = await freePort()
  t.equal(await code(stage, 'exactly-200', `http://:${port}/`), 1)
  t.equal(await code(stage, 'kubelet', `tcp://:${port}`), 1)
})

t.test('tcp: a connection is enough, also where the app says nothing', async (t) => {
  const stage = createPod(t)
  const port = await listening(t, createTcpServer())
  const begin = performance.now()
  t.equal(await code(stage, 'kubelet', `tcp://:${port}`), 0)
  t.ok(performance.now() - begin < 1900, 'at once')
})

/** Every java that the probe sees counts, also one that has nothing to do with these tests. */
const strangers = pids().filter((pid) => commandName(pid) === 'java' && processState(pid) !== 'Z')

t.test('debugging sessions', { skip: strangers.length > 0 && `this machine runs java: ${strangers}` }, async (t) => {
  t.test('an app that halts at a breakpoint is alive', async (t) => {
    const stage = createPod(t)
    const url = await hangingApp(t)
    await startJava(stage)
    await startSession(stage)
    await hasProcess(stage, '/java ')
    const begin = performance.now()
    t.equal(await code(stage, 'exactly-200', url), 0)
    t.ok(performance.now() - begin < 1900, 'the checkurl is not asked')
  })

  t.test('half of a debugging session is none', async (t) => {
    const stage = createPod(t)
    const url = `http://:${await freePort()}/`
    const session = await startSession(stage)
    t.equal(await code(stage, 'exactly-200', url), 1, 'no java')
    process.kill(Number(session.lines[0]), 'SIGKILL')
    await session.exited
    await startJava(stage)
    await hasProcess(stage, '/java ')
    t.equal(await code(stage, 'exactly-200', url), 1, 'no socat')
  })

  t.test("another socat than the helper's does not count", async (t) => {
    const stage = createPod(t)
    const url = `http://:${await freePort()}/`
    await startJava(stage)
    await startAs(stage, 'socat', '/bin/sleep', '600')
    await startAs(stage, 'socat', join(stage.image, 'socat'), `TCP-LISTEN:${await freePort()},bind=127.0.0.1`, 'STDIO')
    await sleep(100)
    t.equal(await code(stage, 'exactly-200', url), 1)
  })

  t.test('a session is none for longer than one may last', async (t) => {
    const stage = createPod(t)
    const url = `http://:${await freePort()}/`
    await startJava(stage)
    await startSession(stage)
    await hasProcess(stage, '/java ')
    t.equal(await code(stage, 'exactly-200', url), 0)
    tell(stage, { longestSeconds: 0 })
    t.equal(await code(stage, 'exactly-200', url), 1)
    rmSync(join(stage.run, 'debug'))
    t.equal(await code(stage, 'exactly-200', url), 1, 'nor where nobody says how long that is')
  })

  t.test('a JVM of another name is known by its library', async (t) => {
    const stage = createPod(t)
    const url = `http://:${await freePort()}/`
    await startSession(stage)
    const library = join(stage.app, 'lib/libjvm.so')
    mkdirSync(join(stage.app, 'lib'))
    copyFileSync(anyLibrary(), library)
    t.equal(await code(stage, 'exactly-200', url), 1)
    const jvm = stage.start({ container: 'app', argv: ['/bin/sleep', '600'], env: { LD_PRELOAD: library } })
    await until('the library', () => readFileSync(`/proc/${jvm.pid}/maps`, 'utf8').includes(library))
    t.equal(await code(stage, 'exactly-200', url), 0)
  })

  t.test('a java that has ended and was not reaped does not count', async (t) => {
    const stage = createPod(t)
    const url = `http://:${await freePort()}/`
    await startSession(stage)
    const folder = join(stage.app, 'zombie')
    mkdirSync(folder)
    copyFileSync('/bin/sleep', join(folder, 'java'))
    // It becomes sleep, which never reaps the child that the shell had.
    const parent = stage.start({
      container: 'app',
      argv: ['/bin/sh', '-c', `${folder}/java 0.1 & echo $!; exec sleep 600`],
    })
    const [java] = await until('its child', () => parent.lines.length > 0 && parent.lines)
    await until('the zombie', () => processState(Number(java)) === 'Z')
    t.equal(await code(stage, 'exactly-200', url), 1)
  })
})
