import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { HookName, PodSettings } from '../../../policy/settings.ts'
import { addProgram, helper, processOf, startAgent } from './app.ts'
import { checkAt, checkEnv } from './check-stage.ts'
import { real } from './deciders.ts'
import { hasMarker, isReady, journal, journaled, type Sidecar, shell, startSidecar, tellResident } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'
import { startWebApp, type WebApp } from './web-app.ts'

interface Pod {
  readonly stage: Stage
  readonly app: WebApp
  /** Starts the sidecar, also once more. */
  startSidecar(): Promise<Sidecar>
}

/** Is warm once the test has put a file there. */
const preOnline = 'echo warming up; until [ -e warm ]; do sleep 0.02; done; echo warm'

interface PodOptions {
  /** Bodies by name; the others are not in the image. */
  readonly hooks?: Partial<Record<HookName, string>>
  readonly hold?: boolean
  readonly checkurlTimeoutMs?: number
  /** The sidecar answers the app's readiness probe, which fails at once. */
  readonly check?: boolean
}

/** A pod with an app that answers, hooks, and sidecar/main.ts to decide. */
async function createPod(
  t: Test,
  { hooks = {}, hold = false, checkurlTimeoutMs = 60_000, check = false }: PodOptions = {},
): Promise<Pod> {
  const stage = createStage(t)
  const app = await startWebApp(t)
  const bodies: PodOptions['hooks'] = { preOnline: 'echo warm', postOffline: 'echo bye', ...hooks }
  const hook = (name: HookName) => {
    const body = bodies[name]
    const path = body === undefined ? '/nonexistent/hook' : addProgram(stage, `hooks/${name}`, body)
    return { command: [path, 'an argument', '', '$(id) *'] as const, required: false, timeoutMs: 20_000 }
  }
  const settings: PodSettings = {
    version: 1,
    application: 'orders',
    checkurl: {
      kind: 'http',
      scheme: 'http',
      port: app.port,
      path: '/up',
      headers: [],
      exactly200: true,
      timeoutMs: checkurlTimeoutMs,
    },
    hooks: {
      preOnline: hook('preOnline'),
      verify: hook('verify'),
      reload: hook('reload'),
      postOffline: hook('postOffline'),
    },
    hold,
    drain: { minMs: 100, maxMs: 20_000, quietMs: 300, ports: [app.port] },
    check: null,
    authorization: null,
  }
  const decide = real(stage)
  const probe = { failureThreshold: 1, httpGet: { port: app.port, path: '/ready' } }
  const env = { GREENROOM_SETTINGS: JSON.stringify(settings), ...(check && checkEnv(stage, probe)) }
  return { stage, app, startSidecar: () => startSidecar(stage, { decide, env }) }
}

async function online(stage: Stage): Promise<void> {
  await until('online', () => hasMarker(stage) && isReady(stage)).catch((cause) => {
    throw new Error(`journal: ${journal(stage).join('; ')}`, { cause })
  })
}

/** The journal without the boot. */
function story(stage: Stage, boot: string): string[] {
  return journal(stage).map((line) => line.replace(` ${boot}`, ''))
}

const boots = (stage: Stage) => journal(stage).flatMap((line) => /^started (.*)/.exec(line)?.[1] ?? [])
const requests = (stage: Stage, name: string) =>
  journal(stage).filter((line) => line.startsWith('hook-requested ') && line.endsWith(` ${name}`)).length
const count = (stage: Stage, word: string) => journal(stage).filter((line) => line.startsWith(word)).length

/** A line comes to the sidecar's output by a process of its own, after what it is about. */
const said = (sidecar: Sidecar, line: string) => until(`"${line}"`, () => sidecar.lines.includes(line))

t.jobs = 3

t.test('a whole life: up, down, up again, and off', async (t) => {
  const { stage, app, startSidecar } = await createPod(t)
  const sidecar = await startSidecar()
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404)
  t.equal(await startAgent(stage), 0)
  await online(stage)
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 200)
  t.equal((await sidecar.probe()).status, 200)
  await journaled(stage, 'online')
  const [boot = ''] = boots(stage)
  t.strictSame(story(stage, boot).slice(2), [
    'started',
    'checkurl-ok',
    'hook-requested preOnline',
    'hook-exited preOnline 0',
    'hook-requested verify',
    'hook-exited verify absent',
    'online',
  ])
  await said(sidecar, '[preOnline] warm')
  await until('the state in words', async () => (await sidecar.ask({ path: '/status' })).body === 'online\n')

  stage.kill('app')
  await journaled(stage, `exited ${boot}`)
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404)
  t.equal((await sidecar.probe()).status, 503)

  t.equal(await startAgent(stage), 0)
  await online(stage)
  await until('the run before to be folded', () => boots(stage).length === 1)
  t.not(boots(stage)[0], boot)
  t.equal(requests(stage, 'preOnline'), 1, 'and the new one was warmed up')

  const deleting = stage.start({ container: 'sidecar', argv: shell(stage, 'deleting', stage.run) })
  const offline = stage.start({
    container: 'app',
    argv: helper(stage, 'offline', join(stage.run, 'shared'), '60', '5'),
  })
  // The app is busy for a while yet, with a request that it does not answer.
  app.code = 0
  const connection = connect(app.port, '127.0.0.1')
  t.teardown(() => connection.destroy())
  connection.write('GET / HTTP/1.1\r\nHost: orders\r\n\r\n')
  t.equal(await deleting.exited, 0)
  await journaled(stage, 'offline-stop')
  await until('the marker to go', () => !hasMarker(stage))
  t.ok(isReady(stage), 'a terminating endpoint may be the last that serves')
  await sleep(1000)
  t.equal(count(stage, 'drained'), 0, 'not while there is a request')
  connection.destroy()
  t.equal(await offline.exited, 0)
  stage.kill('app')
  await journaled(stage, /^exited/)
  sidecar.signal('SIGTERM')
  t.equal(await sidecar.exited, 0)
  const [last = ''] = boots(stage)
  const ending = story(stage, last).slice(story(stage, last).indexOf('online') + 1)
  // The kubelet says both at once.
  t.strictSame(ending.splice(0, 2).sort(), ['deleting', 'offline-stop'])
  t.match(ending.shift(), /^drained quiet after \d+\.\d s$/)
  t.strictSame(ending, [
    'hook-requested postOffline',
    'hook-exited postOffline 0',
    'released',
    'exited',
    'terminating gone',
    'revoked nothing was authorized',
  ])
  await said(sidecar, '[postOffline] bye')
  t.notOk(hasMarker(stage) || isReady(stage))
  await until('everybody to go', () => stage.living().length === 0)
})

t.test(
  'a sidecar that is killed while the app is online comes back when the agent has spoken, and warms nothing',
  async (t) => {
    const { stage, startSidecar } = await createPod(t)
    await startSidecar()
    await startAgent(stage)
    await online(stage)
    const agent = await processOf(stage, 'agent')
    process.kill(agent, 'SIGSTOP')
    stage.kill('sidecar')

    const sidecar = await startSidecar()
    t.notOk(hasMarker(stage), 'the stale marker is gone when the barrier returns')
    await until('the decider', () => count(stage, 'sidecar-started') === 2)
    await sleep(1500)
    t.notOk(hasMarker(stage) || isReady(stage), 'nobody has said that this is the same app')
    process.kill(agent, 'SIGCONT')
    await online(stage)
    const again = () => journal(stage).slice(journal(stage).findLastIndex((line) => line.startsWith('sidecar-started')))
    await until('its line', () => again().includes('online'))
    t.match(again()[1], /^started /)
    t.equal(requests(stage, 'preOnline'), 1, 'preOnline is not run again')
    t.equal((await sidecar.probe()).status, 200)
  },
)

t.test('an app that fails its check has no traffic until it passes again, and is not warmed again', async (t) => {
  const { stage, app, startSidecar } = await createPod(t, { check: true })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await online(stage)
  t.equal((await checkAt(sidecar)).status, 200)
  app.code = 503
  t.equal((await checkAt(sidecar)).status, 503)
  await until('no traffic', () => !hasMarker(stage) && !isReady(stage))
  await until('the state in words', async () => (await sidecar.ask({ path: '/status' })).body === 'isolated\n')
  app.code = 200
  t.equal((await checkAt(sidecar)).status, 200)
  await online(stage)
  t.equal(requests(stage, 'preOnline'), 1)

  t.comment('an operator is stronger')
  app.code = 503
  await checkAt(sidecar)
  await until('two', () => count(stage, 'unhealthy 503') === 2)
  tellResident(stage, 'take-offline op')
  app.code = 200
  await checkAt(sidecar)
  await until('the state in words', async () => /^held: /.test((await sidecar.ask({ path: '/status' })).body))
  t.notOk(hasMarker(stage))
  tellResident(stage, 'bring-online op')
  await online(stage)
})

t.test('a sidecar that is killed while the app is isolated comes back isolated', async (t) => {
  const { stage, app, startSidecar } = await createPod(t, { check: true })
  const first = await startSidecar()
  await startAgent(stage)
  await online(stage)
  app.code = 503
  await checkAt(first)
  await journaled(stage, 'unhealthy 503')
  stage.kill('sidecar')
  const second = await startSidecar()
  await until('the decider', () => count(stage, 'sidecar-started') === 2)
  await sleep(1500)
  t.notOk(hasMarker(stage) || isReady(stage))
  app.code = 200
  await checkAt(second)
  await online(stage)
  t.equal(requests(stage, 'preOnline'), 1)
})

t.test('a check that passes again brings back no pod that is being deleted', async (t) => {
  const { stage, app, startSidecar } = await createPod(t, { check: true })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await online(stage)
  app.code = 503
  await checkAt(sidecar)
  await journaled(stage, 'unhealthy 503')
  await stage.start({ container: 'sidecar', argv: shell(stage, 'deleting', stage.run) }).exited
  await journaled(stage, 'deleting')
  app.code = 200
  await checkAt(sidecar)
  await journaled(stage, 'healthy')
  await sleep(1500)
  t.notOk(hasMarker(stage) || isReady(stage))
})

t.test('sidecar and app are killed: no marker until the new app is warm', async (t) => {
  const { stage, app, startSidecar } = await createPod(t, { hooks: { preOnline, postOffline: 'true' } })
  await startSidecar()
  await startAgent(stage)
  await journaled(stage, /^hook-requested/)
  addProgram(stage, 'warm', '')
  await online(stage)
  const [boot] = boots(stage)

  stage.kill('sidecar')
  stage.kill('app')
  t.ok(hasMarker(stage) && isReady(stage), 'stale: nobody was there to remove it')
  rmSync(join(stage.app, 'warm'))
  app.code = 503
  const sidecar = await startSidecar()
  t.notOk(hasMarker(stage) || isReady(stage))
  await startAgent(stage)
  await until('another boot', () => boots(stage).some((other) => other !== boot))
  await sleep(500)
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404, 'it does not answer yet')
  app.code = 200
  await until('preOnline', () => sidecar.lines.includes('[preOnline] warming up'))
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404, 'it is not warm yet')
  addProgram(stage, 'warm', '')
  await online(stage)
})

t.test('a decider that is killed at any time is started again and goes on', async (t) => {
  const { stage, startSidecar } = await createPod(t, { hooks: { preOnline, postOffline: 'true' } })
  await startSidecar()
  const decider = () => stage.living('sidecar').find(({ command }) => command.startsWith(process.execPath))?.pid
  process.kill(await until('the first decider', decider), 'SIGKILL')
  await startAgent(stage)
  process.kill(await until('the next', decider), 'SIGKILL')
  await journaled(stage, /^hook-requested/)
  const pid = decider()
  if (pid) process.kill(pid, 'SIGKILL')
  addProgram(stage, 'warm', '')
  await online(stage)
})

t.test('a preOnline that fails leaves the pod off, with its reason and its words', async (t) => {
  const { stage, startSidecar } = await createPod(t, {
    hooks: { preOnline: 'echo no cache; exit 3', postOffline: 'true' },
  })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await journaled(stage, /^hook-exited .* preOnline 3$/)
  const status = async () => (await sidecar.ask({ path: '/status' })).body
  await until('the reason', async () => (await status()).startsWith('failed PreOnlineFailed: preOnline exited with 3.'))
  await said(sidecar, '[preOnline] no cache')
  const verdicts = () => sidecar.lines.filter((line) => line.startsWith('greenroom: failed '))
  await until('the verdict', () => verdicts().length > 0)
  t.strictSame(verdicts(), [`greenroom: ${(await status()).trim()}`], 'as the log says')
  t.equal((await sidecar.probe()).status, 503)
  tellResident(stage, 'deleting')
  await journaled(stage, 'deleting')
  await until('rest', () => stage.living('sidecar').every(({ command }) => !command.startsWith(process.execPath)))
  t.equal(verdicts().length, 1, 'once')
  t.ok(stage.living('app').length > 0, 'the app is left running')
})

t.test('a checkurl that never passes leaves the pod off, and says which and how long', async (t) => {
  const { stage, app, startSidecar } = await createPod(t, { checkurlTimeoutMs: 3_000 })
  app.code = 503
  const sidecar = await startSidecar()
  await startAgent(stage)
  await journaled(stage, /^checkurl-gave-up/)
  const url = `http://127.0.0.1:${app.port}/up`
  const verdict = `failed CheckurlTimeout: ${url} answered 503, also after 3 s. Check the port, and that the app listens on the pod's IP; slow start: raise greenroom.dev/checkurl-timeout.`
  await until('the reason', async () => (await sidecar.ask({ path: '/status' })).body === `${verdict}\n`)
  await said(sidecar, `greenroom: ${verdict}`)
  t.strictSame(
    sidecar.lines.filter((line) => /^greenroom: (checkurl |failed )/.test(line)),
    [`greenroom: checkurl ${url} answered 503`, `greenroom: ${verdict}`],
  )
})

t.test('arguments of a hook reach it as they were written', async (t) => {
  const { stage, startSidecar } = await createPod(t, {
    hooks: { preOnline: 'printf "<%s>" "$@"', postOffline: 'true' },
  })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await online(stage)
  await until('its words', () => sidecar.lines.some((line) => line.startsWith('[preOnline] ')))
  t.equal(
    sidecar.lines.find((line) => line.startsWith('[preOnline] ')),
    '[preOnline] <an argument><><$(id) *>',
  )
})

/** An operator's word, as kubectl exec brings it. */
async function say(stage: Stage, word: string): Promise<void> {
  const said = stage.start({ container: 'sidecar', argv: shell(stage, 'say', word), env: { GREENROOM_RUN: stage.run } })
  const code = await said.exited
  if (code !== 0) throw new Error(`say ${word}: ${code}, ${said.lines.join('; ')}`)
}

t.test(
  'verify runs after preOnline and before traffic; one that fails keeps it away until somebody says',
  async (t) => {
    const verify = 'echo "$GREENROOM_HOOK $GREENROOM_REASON"; [ -e good ]'
    const { stage, startSidecar } = await createPod(t, { hooks: { verify } })
    const sidecar = await startSidecar()
    await startAgent(stage)
    await journaled(stage, /^hook-exited .* verify 1$/)
    const status = async () => (await sidecar.ask({ path: '/status' })).body
    await until('the reason', async () => (await status()).startsWith('failed VerifyFailed: verify exited with 1.'))
    t.notOk(hasMarker(stage) || isReady(stage))
    await said(sidecar, '[verify] verify start')
    t.ok(sidecar.lines.indexOf('[verify] verify start') > sidecar.lines.indexOf('[preOnline] warm'))

    addProgram(stage, 'good', '')
    await say(stage, 'bring-online')
    await online(stage)
    t.equal(count(stage, 'hook-exited'), 4, 'the whole sequence ran again')
  },
)

t.test('a pod that is held is warm and gets no traffic until it is released, once and for all', async (t) => {
  const { stage, startSidecar } = await createPod(t, { hold: true, hooks: { verify: 'true' } })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await journaled(stage, /^hook-exited .* verify 0$/)
  const status = async () => (await sidecar.ask({ path: '/status' })).body
  await until('the hold', async () => (await status()).startsWith('held: it is warm and waits for release'))
  t.notOk(hasMarker(stage) || isReady(stage))
  await say(stage, 'release')
  await online(stage)

  stage.kill('app')
  await journaled(stage, /^exited/)
  await startAgent(stage)
  await online(stage)
})

t.test('a pod that was taken offline stays so over restarts of everything', async (t) => {
  const { stage, startSidecar } = await createPod(t)
  const first = await startSidecar()
  await startAgent(stage)
  await online(stage)
  await say(stage, 'take-offline')
  t.notOk(hasMarker(stage) || isReady(stage), 'at once')
  t.equal((await first.ask({ path: '/healthcheck.html' })).status, 404)

  stage.kill('sidecar')
  const sidecar = await startSidecar()
  const held = async () => (await sidecar.ask({ path: '/status' })).body.startsWith('held: an operator took it offline')
  await until('the old word', held)
  const [boot] = boots(stage)
  stage.kill('app')
  await startAgent(stage)
  await until('another boot', () => boots(stage).some((other) => other !== boot))
  await until('the old word', held)
  t.notOk(hasMarker(stage) || isReady(stage))

  await say(stage, 'bring-online')
  await online(stage)
})

t.test('a preOnline that failed is run again when somebody says', async (t) => {
  const { stage, startSidecar } = await createPod(t, { hooks: { preOnline: '[ -e warm ]' } })
  await startSidecar()
  await startAgent(stage)
  await journaled(stage, /^hook-exited .* preOnline 1$/)
  addProgram(stage, 'warm', '')
  await say(stage, 'bring-online')
  await online(stage)
})

t.test('reload runs on demand, and once more for what came while it ran', async (t) => {
  const reload = 'echo run >>runs; until [ -e go ]; do sleep 0.02; done; echo "reloaded by $GREENROOM_REASON"'
  const { stage, startSidecar } = await createPod(t, { hooks: { reload } })
  const sidecar = await startSidecar()
  await startAgent(stage)
  await online(stage)
  await say(stage, 'reload')
  await journaled(stage, /^hook-requested .* reload$/)
  await say(stage, 'reload')
  await say(stage, 'reload')
  addProgram(stage, 'go', '')
  await until('two runs', () => count(stage, `hook-exited ${boots(stage)[0]} reload 0`) === 2)
  await until(
    'the words of both',
    () => sidecar.lines.filter((line) => line === '[reload] reloaded by operator').length === 2,
  )
  t.ok(hasMarker(stage), 'with its traffic')
})

t.test('say: what it does not know, and where nobody is', async (t) => {
  const { stage } = await createPod(t)
  const run = async (text: string, ...words: string[]) => {
    const said = stage.start({ container: 'sidecar', argv: shell(stage, 'say', ...words), env: { GREENROOM_RUN: '/' } })
    await until(text, () => said.lines.some((line) => line.includes(text)))
    return said.exited
  }
  t.equal(await run('say: "onlin" is no word that the sidecar knows.', 'onlin'), 2)
  t.equal(await run('usage: say WORD', ''), 2)
  t.equal(await run('take-offline', '--help'), 0)
  t.equal(await run('say: there is no sidecar in /', 'release'), 1)
})

t.test('an app that is stopped because its liveness failed is not drained', async (t) => {
  const { stage, startSidecar } = await createPod(t)
  await startSidecar()
  await startAgent(stage)
  await online(stage)
  const offline = stage.start({
    container: 'app',
    argv: helper(stage, 'offline', join(stage.run, 'shared'), '60', '5'),
  })
  t.equal(await offline.exited, 0)
  await journaled(stage, /^drained .* not drained/)
  stage.kill('app')
  await journaled(stage, /^exited/)
  await startAgent(stage)
  await online(stage)
})
