import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { tlsCommand } from '../../../policy/commands.ts'
import { vouchText } from '../../../policy/vouch.ts'
import { listening } from '../../listening.ts'
import { createCertificate } from '../../play/certificate.ts'
import { tlsConnect } from './check-stage.ts'
import { resting } from './deciders.ts'
import { freePort } from './free-port.ts'
import { type RawApp, reply, startRawApp } from './raw-app.ts'
import { startSidecar } from './sidecar.ts'
import { createStage } from './stage.ts'
import { until } from './until.ts'

interface Options {
  readonly scheme?: 'http' | 'https'
  readonly exactly200?: boolean
  readonly headers?: readonly { name: string; value: string }[]
  /** What talks TLS in place of our own. */
  readonly talker?: string
}

/** An app, the sidecar that vouches for it, and the liveness probe that asks both. */
async function createPod(t: Test, { scheme = 'https', exactly200 = false, headers = [], talker }: Options = {}) {
  const stage = createStage(t)
  const tls = scheme === 'https' ? await certificate() : undefined
  const app = await startRawApp(t, tls && { tls })
  const checkurl = { kind: 'http', scheme, port: app.port, path: '/up', headers, exactly200, timeoutMs: 1 } as const
  const text = vouchText(checkurl).replace(tlsCommand.join(' '), talker ?? `${process.execPath} ${tlsConnect(stage)}`)
  const sidecar = await startSidecar(stage, { decide: resting(stage), env: { GREENROOM_VOUCH: text } })
  const rule = exactly200 ? 'exactly-200' : 'kubelet'
  const probe = async (port = app.port) => {
    const url = `${scheme}://:${port}/up`
    const argv = [join(stage.image, 'alive'), join(stage.run, 'shared'), rule, url]
    const running = stage.start({ container: 'app', argv })
    const code = await running.exited
    if (code !== 0) await until('why', () => running.lines.length > 0)
    return { code, said: running.lines.join('\n') }
  }
  /** The sidecar asks the app once a second at the most. */
  const anew = () => writeFileSync(join(stage.run, 'vouched'), '')
  return { stage, app, sidecar, probe, anew }
}

async function certificate() {
  const { certificate, key } = await createCertificate('127.0.0.1', new Date())
  return { cert: certificate, key }
}

const codes: [status: number, exactly200: boolean, passes: boolean][] = [
  [200, false, true],
  [204, false, true],
  [302, false, true],
  [404, false, false],
  [503, false, false],
  [200, true, true],
  [204, true, false],
  [302, true, false],
  [503, true, false],
]

t.jobs = 4

t.test('over TLS the answer decides, by the rule, and headers arrive', async (t) => {
  for (const exactly200 of [false, true]) {
    const headers = [{ name: 'x-token', value: 'one two' }]
    const { app, probe, anew } = await createPod(t, { exactly200, headers })
    for (const [status, , passes] of codes.filter(([, exactly]) => exactly === exactly200)) {
      app.answer = () => reply(status)
      anew()
      const { code, said } = await probe()
      t.equal(code, passes ? 0 : 1, `${status} by ${exactly200 ? 'exactly-200' : 'kubelet'}: ${said}`)
    }
    t.match(app.asked[0], /^GET \/up HTTP\/1.1\r\n(.*\r\n)*X-Token: one two\r\n/)
  }
})

t.test('an app that hangs behind TLS fails, and one that cannot talk it', async (t) => {
  const { app, probe } = await createPod(t)
  app.answer = () => null
  t.match(await probe(), { code: 1, said: 'answered what is no success, says the sidecar' })
  await until('no connection to be left', () => app.open() === 0)
  const plain = await startRawApp(t)
  const { probe: another, stage } = await createPod(t)
  t.equal((await another(plain.port)).code, 0, 'the sidecar asks what it was told to, whatever the port here')
  t.ok(stage)
})

t.test('a sidecar that cannot tell does not kill: then somebody has to listen, no more', async (t) => {
  const dead = await createPod(t, { talker: '/bin/false' })
  t.equal((await dead.probe()).code, 0, 'nothing that talks TLS')
  const slow = await createPod(t, { talker: '/bin/sleep 60 #' })
  t.equal((await slow.probe()).code, 0, 'it has no time to')
  const silent = await createPod(t)
  const port = await listening(t, createServer())
  writeFileSync(join(silent.stage.run, 'shared/pod'), `orders\nshop\n127.0.0.1\n${port}\n`)
  t.equal((await silent.probe()).code, 0, 'one that accepts and says nothing')
  const none = await createPod(t)
  none.stage.kill('sidecar')
  t.equal((await none.probe()).code, 0, 'there is no sidecar')
  t.match(await none.probe(await freePort()), { code: 1, said: 'nobody accepts the connection' })
})

/** Each leads to the next; the last answers. */
const leading = (app: RawApp, status: number) => (head: string) =>
  head.startsWith('GET /up ') ? reply(302, { Location: '/login' }) : reply(app.asked.length > 20 ? 500 : status)

t.test('a redirect is followed within the pod, as the kubelet does', async (t) => {
  const { app, probe, anew } = await createPod(t, { scheme: 'http' })
  app.answer = leading(app, 200)
  t.equal((await probe()).code, 0)
  t.ok(
    app.asked.some((head) => head.startsWith('GET /login ')),
    'where it leads',
  )
  app.answer = leading(app, 500)
  anew()
  t.match(await probe(), { code: 1, said: 'a redirect that leads to no success' })
  app.answer = () => reply(302, { Location: 'http://elsewhere.example/' })
  anew()
  t.equal((await probe()).code, 0, 'to another host it is a success')
})

t.test('whoever asks, the app is asked once a second at the most', async (t) => {
  const { app, sidecar } = await createPod(t, { scheme: 'http' })
  const begin = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => sidecar.ask({ path: '/alive' })))
  const seconds = (performance.now() - begin) / 1000
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.ok(app.asked.length <= 1 + seconds, `${app.asked.length} times in ${seconds} s`)
})

t.test('what was known before a reboot is forgotten', async (t) => {
  const { stage, app, probe } = await createPod(t, { scheme: 'http' })
  writeFileSync(join(stage.run, 'vouched'), '99999999 200 OK: the app answered 200\n')
  app.answer = (head) => (head.startsWith('GET /up ') ? reply(302, { Location: '/login' }) : reply(503))
  t.equal((await probe()).code, 1)
})

t.test('a sidecar that is to vouch for nothing has no such path', async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  t.equal((await sidecar.ask({ path: '/alive' })).status, 404)
})
