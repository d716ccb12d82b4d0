import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCheckStage } from './check-stage.ts'
import { resting } from './deciders.ts'
import { freePort } from './free-port.ts'
import { type RawApp, reply, startRawApp } from './raw-app.ts'
import { goOnline, hasMarker, isReady, journal, journaled, startSidecar, tellResident, token } from './sidecar.ts'
import { createStage, type Stage } from './stage.ts'
import { until } from './until.ts'

/** What the kubelet's client makes of an answer. */
const verdict = async (answer: Promise<{ status: number; body: string }>) =>
  answer.then(
    ({ status, body }) => `${status} ${body.trimEnd()}`,
    () => 'broken off',
  )

/** Everything said before is done once this is noted. */
async function settled(stage: Stage): Promise<void> {
  const note = `settled-${Math.random()}`
  tellResident(stage, `note ${note}`)
  await journaled(stage, note)
}

/** With more time than the default for a busy machine. */
async function checkedApp(t: Test, probe: object = {}, httpGet: object = {}) {
  const app = await startRawApp(t)
  const parts = await createCheckStage(t, {
    probe: { httpGet: { path: '/up', port: app.port, ...httpGet }, timeoutSeconds: 5, ...probe },
  })
  return { app, ...parts }
}

const health = (stage: Stage) => journal(stage).filter((line) => line.startsWith('unhealthy ') || line === 'healthy')

t.jobs = 4

t.test('the answer is that of the app, as the kubelet judges it', async (t) => {
  const { app, check } = await checkedApp(t)
  const rows: [status: number, answers: string][] = [
    [200, '200 the app answered 200'],
    [204, '200 the app answered 204'],
    [299, '200 the app answered 299'],
    [304, '304 '],
    [399, '399 the app answered 399'],
    [400, '503 the app answered 400'],
    [404, '503 the app answered 404'],
    [503, '503 the app answered 503'],
    [101, '503 the app answered 101'],
  ]
  for (const [status, answers] of rows) {
    app.answer = () => reply(status)
    t.equal(await verdict(check()), answers, String(status))
  }
  await until('no connection to be left', () => app.open() === 0)
})

t.test('the request is the one of the probe', async (t) => {
  const httpHeaders = [
    { name: 'host', value: 'shop.example' },
    { name: 'x-token', value: ' a b  * $(id) \\n ' },
    { name: 'X-Token', value: 'two' },
  ]
  const { app, check } = await checkedApp(t, {}, { path: '/up?a=b c#part', httpHeaders })
  await check()
  t.strictSame(app.asked[0]?.split('\r\n'), [
    'GET /up?a=b%20c HTTP/1.1',
    'Host: shop.example',
    'Accept: */*',
    'X-Token: a b  * $(id) \\n',
    'X-Token: two',
    'Connection: close',
    'User-Agent: kube-probe/1.33',
    '',
    '',
  ])
  const plain = await checkedApp(t, {}, { path: undefined, httpHeaders: [{ name: 'user-agent', value: 'me' }] })
  await plain.check()
  t.match(plain.app.asked[0], /^GET \/ HTTP\/1.1\r\nHost: 127.0.0.1:\d+\r\nUser-Agent: me\r\n(?!.*kube-probe)/s)
})

t.test('without check there is no such path', async (t) => {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  t.equal((await sidecar.ask({ path: '/check', headers: { 'Greenroom-Probe': token } })).status, 404)
})

t.test('others than the kubelet learn what it came to, and the app is not asked for them', async (t) => {
  const { app, sidecar, check, stage } = await checkedApp(t, { failureThreshold: 1 })
  app.answer = () => reply(503)
  for (const headers of [{}, { 'Greenroom-Probe': 'guess' }])
    t.equal((await sidecar.ask({ path: '/check', headers })).status, 200)
  t.equal(app.asked.length, 0)
  await check()
  await settled(stage)
  t.equal((await sidecar.ask({ path: '/check' })).status, 503)
  t.equal(app.asked.length, 1)
})

t.test('the marker goes at failureThreshold, and successThreshold is said, in a row each', async (t) => {
  const { app, stage, sidecar, check } = await checkedApp(t, { failureThreshold: 3, successThreshold: 2 })
  await goOnline(stage)
  const after = async (...statuses: number[]) => {
    for (const status of statuses) {
      app.answer = () => reply(status)
      await check()
    }
    await settled(stage)
    return health(stage).length
  }
  t.equal(await after(503, 503, 200, 503, 503), 0, 'never three in a row')
  t.ok(hasMarker(stage))
  const begin = performance.now()
  app.answer = () => reply(503)
  await check()
  await until('the marker to go', () => !hasMarker(stage) && !isReady(stage))
  t.ok(performance.now() - begin < 1000, 'at once')
  await journaled(stage, /^unhealthy /)
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404)
  t.equal(await after(503, 503, 200, 503, 200), 1, 'once, and never two in a row')
  await after(200)
  await journaled(stage, 'healthy')
  t.notOk(hasMarker(stage), 'only who decides puts it back')
  await goOnline(stage)
  await after(200, 200)
  t.strictSame(health(stage), ['unhealthy 503', 'healthy'], 'and nothing is said twice')
})

t.test('before the pod is online a failure only answers, but entering online looks at the count', async (t) => {
  const { app, stage, check } = await checkedApp(t, { failureThreshold: 2 })
  app.answer = () => reply(503)
  for (let times = 0; times < 3; times++) t.equal((await check()).status, 503)
  await settled(stage)
  t.strictSame(health(stage), [])
  tellResident(stage, `go-online ${journal(stage).length}`)
  await journaled(stage, /^unhealthy /)
  t.notOk(hasMarker(stage))
  app.answer = () => reply(200)
  await check()
  await journaled(stage, 'healthy')
  await goOnline(stage)
})

t.test('what was counted is about one run of the app', async (t) => {
  const { app, stage, check } = await checkedApp(t, { failureThreshold: 2 })
  app.answer = () => reply(503)
  await check()
  tellResident(stage, 'started boot-2')
  await journaled(stage, 'started boot-2')
  await check()
  await settled(stage)
  await goOnline(stage)
  await check()
  await until('the marker to go', () => !hasMarker(stage))
  tellResident(stage, 'started boot-3')
  await journaled(stage, 'started boot-3')
  await goOnline(stage)
  t.strictSame(health(stage), ['unhealthy 503'])

  tellResident(stage, 'unhealthy boot-2')
  await settled(stage)
  t.ok(hasMarker(stage), 'a word about the run before changes nothing')
})

t.test('a count that is damaged begins anew', async (t) => {
  const { app, stage, check } = await checkedApp(t, { failureThreshold: 2 })
  app.answer = () => reply(503)
  await goOnline(stage)
  for (const damage of ['', '\0\0', 'failed x boot-1', 'failed', 'failed 9 boot-0']) {
    execFileSync('/bin/sh', ['-c', 'printf "%s\\n" "$1" >tally', 'sh', damage.replaceAll('\0', '')], { cwd: stage.run })
    t.equal((await check()).status, 503)
    t.equal(readFileSync(join(stage.run, 'tally'), 'utf8'), 'failed 1 boot-1\n', JSON.stringify(damage))
  }
  t.ok(hasMarker(stage))
})

t.test('an app that hangs, and one that is not there, fail within the time of the probe', async (t) => {
  const { app, stage, check } = await checkedApp(t, { timeoutSeconds: 1, failureThreshold: 2 })
  await goOnline(stage)
  app.answer = () => null
  const hung = await check()
  t.equal(hung.status, 503)
  t.match(hung.body, /no answer within 1 s/)
  t.ok(hung.elapsedMs > 900 && hung.elapsedMs < 4000, `${hung.elapsedMs} ms`)
  app.answer = () => ({ text: 'HTTP/1.1 200 OK\r\nX-Half: ' })
  t.equal((await check()).status, 503)
  await until('the marker to go', () => !hasMarker(stage))
  const asking = () =>
    stage.living('sidecar').filter(({ command }) => command.includes('socat') || command.endsWith('/serve'))
  await until('nobody to be left', () => asking().every(({ command }) => command.includes('tcpsvd')))

  const port = await freePort()
  const absent = await createCheckStage(t, { probe: { timeoutSeconds: 5, httpGet: { port } } })
  const answer = await absent.check()
  t.equal(answer.status, 503)
  t.match(answer.body, /refused/)
  t.ok(answer.elapsedMs < 4000)
})

t.test('answers that are no HTTP fail', async (t) => {
  const { app, check } = await checkedApp(t)
  for (const text of [
    'hello\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    '\0\xff\r\n',
    'HTTP/1.1\r\n\r\n',
  ]) {
    app.answer = () => ({ text, end: true })
    t.equal((await check()).status, 503, JSON.stringify(text))
  }
  app.answer = () => ({ text: 'HTTP/1.0 200\n\n', end: true })
  t.equal((await check()).status, 200, 'a lone newline will do')
})

t.test('an answer is over with its body, whether the connection is closed or not', async (t) => {
  const { app, check } = await checkedApp(t)
  const head = (headers: string) => `HTTP/1.1 200 OK\r\n${headers}\r\n\r\n`
  const whole: Record<string, { text: string; end?: boolean }> = {
    'a length': reply(200, {}, 'x'.repeat(3000)),
    'a length, and NULs': reply(200, {}, '\0a\0\0bc\0'),
    'more than the kubelet reads': reply(200, {}, 'x'.repeat(200_000)),
    'no body': reply(200, {}, ''),
    'no body by its status': { text: 'HTTP/1.1 204 No\r\n\r\n' },
    'no length': { text: `${head('X: y')}hello`, end: true },
    chunks: { text: `${head('transfer-encoding: chunked')}5\r\nhello\r\nA;x=y\r\n\r\n\0\n567890\r\n0\r\n\r\n` },
    'chunks without end': {
      text: `${head('Transfer-Encoding: chunked')}${`3e8\r\n${'x'.repeat(1000)}\r\n`.repeat(20)}`,
    },
    'a hint ahead': { text: `HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n${reply(200).text}` },
  }
  for (const [name, answer] of Object.entries(whole)) {
    app.answer = () => answer
    const { status, elapsedMs } = await check()
    t.equal(status, 200, name)
    t.ok(elapsedMs < 4000, `${name}: ${elapsedMs} ms`)
  }
})

t.test('an answer that breaks off tells nothing, as it tells the kubelet nothing', async (t) => {
  const { app, stage, check } = await checkedApp(t, { failureThreshold: 1 })
  await goOnline(stage)
  const head = 'HTTP/1.1 503 No\r\n'
  for (const answer of [
    { text: `${head}Content-Length: 100\r\n\r\nhello`, end: true },
    { text: `${head}Content-Length: 100\r\n\r\nhello` },
    { text: `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`, end: true },
  ]) {
    app.answer = () => answer
    t.equal(await verdict(check()), 'broken off')
  }
  await settled(stage)
  t.strictSame(health(stage), [])
  t.ok(hasMarker(stage))
})

/** Answers `/up` with a redirect, and all else with what its path says. */
function redirect(app: RawApp, location: string, status = 302): void {
  app.answer = (head) => (head.startsWith('GET /up') ? reply(status, { Location: location }) : reply(pathCode(head)))
}
const pathCode = (head: string) => Number(/(\d{3})[^/]* HTTP/.exec(head)?.[1] ?? 200)

t.test('a redirect is followed within the pod, and what it leads to counts', async (t) => {
  const { app, check } = await checkedApp(t, {}, { path: '/up/here?q' })
  const rows: [location: string, asks: string][] = [
    [`http://127.0.0.1:${app.port}/to/200?a=b`, '/to/200?a=b'],
    [`HTTP://me@127.0.0.1:${app.port}?c=200`, '/?c=200'],
    [`//127.0.0.1:${app.port}/200`, '/200'],
    ['/a/./b/../200', '/a/200'],
    ['404', '/up/404'],
    ['../500/', '/500/'],
    ['/with a blank#200', '/with%20a%20blank'],
    ['/..', '/'],
  ]
  for (const [location, path] of rows) {
    redirect(app, location)
    if (path.startsWith('/up'))
      app.answer = (head) => (head.startsWith('GET /up/here') ? reply(302, { Location: location }) : reply(404))
    const { status, body } = await check()
    t.equal(app.asked.at(-1)?.split(' ')[1], path, location)
    t.equal(status, pathCode(`${path} HTTP`) < 400 ? 200 : 503, `${location}: ${body}`)
  }
  for (const status of [301, 303, 307, 308]) {
    redirect(app, '/503', status)
    t.equal((await check()).status, 503, String(status))
  }
  for (const status of [300, 304, 305]) {
    redirect(app, '/503', status)
    t.equal((await check()).status, status, `${status} is no redirect`)
  }
})

t.test('at most ten requests are made', async (t) => {
  const { app, check } = await checkedApp(t)
  app.answer = () => reply(302, { Location: '/up' })
  t.match(await check(), { status: 503, body: /stopped after 10 redirects/ })
  t.equal(app.asked.length, 10)
})

t.test('a redirect to elsewhere passes, with the status that has the kubelet warn', async (t) => {
  const { app, check } = await checkedApp(t)
  for (const location of [
    'http://localhost/503',
    '//example.com/503',
    'ftp://127.0.0.1/503',
    'mailto:me',
    'http:/503',
  ]) {
    redirect(app, location)
    const { status, headers } = await check()
    t.equal(status, 302, location)
    t.equal(headers.location, undefined)
  }
  redirect(app, '')
  t.equal((await check()).status, 302, 'and one that leads nowhere')
})

t.test('what Go does not take for an answer is none', async (t) => {
  const { app, check } = await checkedApp(t)
  const rows: [headers: string, passes: boolean][] = [
    ['Content-Length: 3', true],
    ['Content-Length: 3 \r\nContent-Length: 3', true],
    ['X-Folded: one\r\n two\r\nContent-Length: 3', true],
    [`X-Long: ${'x'.repeat(20_000)}\r\nContent-Length: 3`, true],
    ['no colon\r\nContent-Length: 3', false],
    ['Content-Length: -1', false],
    ['Content-Length: +3', false],
    ['Content-Length: 3\r\nContent-Length: 4', false],
    ['Transfer-Encoding: gzip', false],
  ]
  for (const [headers, passes] of rows) {
    app.answer = () => ({ text: `HTTP/1.1 200 OK\r\n${headers}\r\n\r\nok\n`, end: true })
    t.equal((await check()).status, passes ? 200 : 503, headers.slice(0, 60))
  }
  app.answer = () => ({ text: 'HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n' })
  t.equal((await check()).status, 200, 'another version')
})

t.test('a Host header of its own is kept where a redirect names no scheme', async (t) => {
  const { app, check } = await checkedApp(t, {}, { httpHeaders: [{ name: 'Host', value: 'shop.example' }] })
  const hostAfter = async (location: string) => {
    redirect(app, location)
    await check()
    return /^Host: (.*)\r$/m.exec(app.asked.at(-1) ?? '')?.[1]
  }
  t.equal(await hostAfter('/200'), 'shop.example')
  t.equal(await hostAfter(`//127.0.0.1:${app.port}/200`), 'shop.example')
  t.equal(await hostAfter(`http://127.0.0.1:${app.port}/200`), `127.0.0.1:${app.port}`)
})

t.test('IPv6', async (t) => {
  const app = await startRawApp(t, { host: '::1' })
  const { check } = await createCheckStage(t, {
    probe: { timeoutSeconds: 5, httpGet: { port: app.port } },
    podIp: '::1',
  })
  app.answer = (head) =>
    head.startsWith('GET / ') ? reply(302, { Location: `http://[::1]:${app.port}/200` }) : reply(200)
  t.equal((await check()).status, 200)
  t.match(app.asked[0], `\r\nHost: [::1]:${app.port}\r\n`)
  t.equal(app.asked.length, 2)
})

t.test('https, without looking at the certificate, and a redirect to it', async (t) => {
  const stage = createStage(t)
  const [key, cert] = [join(stage.app, 'key'), join(stage.app, 'cert')]
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=other']
  execFileSync('openssl', [...args, '-days', '1', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const tls = { key: readFileSync(key), cert: readFileSync(cert) }
  const app = await startRawApp(t, { tls })
  const probe = { timeoutSeconds: 5, httpGet: { port: app.port, scheme: 'HTTPS', path: '/up' } }
  const { check, stage: checked } = await createCheckStage(t, { probe })
  t.match(await check(), { status: 200, body: 'the app answered 200' })
  app.answer = () => reply(503)
  t.equal((await check()).status, 503)
  await until(
    'nobody to be left',
    () => !checked.living('sidecar').some(({ command }) => command.includes('tls-connect')),
  )

  const plain = await startRawApp(t)
  plain.answer = () => reply(307, { Location: `https://127.0.0.1:${app.port}/` })
  app.answer = () => reply(204)
  const led = await createCheckStage(t, { probe: { timeoutSeconds: 5, httpGet: { port: plain.port } } })
  t.match(await led.check(), { status: 200, body: 'the app answered 204' })

  const wrong = await createCheckStage(t, {
    probe: { timeoutSeconds: 5, httpGet: { port: plain.port, scheme: 'HTTPS' } },
  })
  plain.answer = () => ({ text: 'no TLS', end: true })
  t.match(await wrong.check(), { status: 503 })
})

t.test('one check at a time: another meanwhile tells nothing', async (t) => {
  const { app, check } = await checkedApp(t, { timeoutSeconds: 2 })
  app.answer = () => null
  const first = check()
  await until('the first', () => app.asked.length === 1)
  t.equal(await verdict(check()), 'broken off')
  t.equal((await first).status, 503)
  app.answer = () => reply(200)
  t.equal((await check()).status, 200, 'and the next is not held up')
})
