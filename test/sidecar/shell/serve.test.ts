import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { holdLock, runStart } from './app.ts'
import type { Answer } from './ask.ts'
import { resting } from './deciders.ts'
import { goOnline, journaled, type Sidecar, startSidecar, tellResident, token } from './sidecar.ts'
import { createStage } from './stage.ts'
import { until } from './until.ts'

/** Between an answer at once (10 ms) and a held one (4 s), far from both on a busy machine. */
const heldMs = 3000

async function offlineStage(t: Test) {
  const stage = createStage(t)
  const sidecar = await startSidecar(stage, { decide: resting(stage) })
  await holdLock(stage)
  tellResident(stage, 'started boot-1')
  await journaled(stage, 'started boot-1')
  return { stage, sidecar }
}

async function onlineStage(t: Test) {
  const { stage, sidecar } = await offlineStage(t)
  await goOnline(stage)
  return { stage, sidecar }
}

const verdict = ({ status, elapsedMs }: Answer) => `${status} ${elapsedMs > heldMs ? 'held' : 'at once'}`

/** Asks once more, and lets `meanwhile` happen while the answer is being held. */
async function probeWhile(sidecar: Sidecar, meanwhile: () => void | Promise<void>): Promise<Answer> {
  let answered = false
  const answer = sidecar.probe().finally(() => {
    answered = true
  })
  await sleep(300)
  if (answered) throw new Error(`was not held: ${verdict(await answer)}`)
  await meanwhile()
  return answer
}

t.jobs = 6

t.test('the marker, the state in words, and nothing else', async (t) => {
  const { stage, sidecar } = await offlineStage(t)
  writeFileSync(join(stage.run, 'status'), 'failed PreOnlineFailed: it said no\n')
  const ask = async (path: string, method = 'GET') => {
    const { status, body, headers } = await sidecar.ask({ path, method })
    t.equal(headers['cache-control'], 'no-store')
    return [status, body]
  }
  t.strictSame(await ask('/healthcheck.html'), [404, 'failed PreOnlineFailed: it said no\n'])
  t.strictSame(await ask('/status'), [200, 'failed PreOnlineFailed: it said no\n'])
  t.strictSame(await ask('/ready'), [503, 'failed PreOnlineFailed: it said no\n'], 'without a token, at once')

  await goOnline(stage)
  t.strictSame(await ask('/healthcheck.html'), [200, 'ok\n'])
  t.strictSame(await ask('/healthcheck.html?at=1'), [200, 'ok\n'])
  t.strictSame(await ask('/healthcheck.html', 'HEAD'), [200, ''])
  t.strictSame(await ask('/healthcheck.html', 'POST'), [405, 'expected GET or HEAD\n'])
  for (const path of [
    '/',
    '/journal',
    '/../journal',
    '/healthcheck.html/',
    '/shown/healthcheck.html',
    '/*',
    '/$(id)',
  ]) {
    t.equal((await ask(path))[0], 404, path)
  }
})

t.test('an offline app that is deleted keeps its Ready, not its marker', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  tellResident(stage, 'deleting')
  await journaled(stage, 'deleting')
  t.equal((await sidecar.ask({ path: '/healthcheck.html' })).status, 404)
  t.equal((await sidecar.ask({ path: '/ready' })).status, 200)
})

t.test('what is new is told at once, the same again is held until the flip', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  t.equal(verdict(await sidecar.probe()), '200 at once')
  t.equal(verdict(await probeWhile(sidecar, () => tellResident(stage, 'exited boot-1'))), '503 at once')
  tellResident(stage, 'started boot-2')
  await journaled(stage, 'started boot-2')
  t.equal(verdict(await probeWhile(sidecar, () => goOnline(stage))), '200 at once')
})

t.test('the first no of a new sidecar tells the kubelet nothing new, and is held', async (t) => {
  const { stage, sidecar } = await offlineStage(t)
  t.equal(verdict(await probeWhile(sidecar, () => goOnline(stage))), '200 at once')
})

t.test('without a flip an answer is held for 4 s, again and again', async (t) => {
  const { sidecar } = await onlineStage(t)
  await sidecar.probe()
  for (let times = 0; times < 2; times++) {
    const answer = await sidecar.probe()
    t.equal(verdict(answer), '200 held')
    t.ok(answer.elapsedMs > 3800 && answer.elapsedMs < 8000, `${answer.elapsedMs} ms: within the timeout of 10 s`)
  }
})

t.test('a kubelet that was away for over 2 s gets its answers at once', async (t) => {
  const { sidecar } = await onlineStage(t)
  await sidecar.probe()
  await sleep(2500)
  t.equal(verdict(await sidecar.probe()), '200 at once')
})

t.test('the app container counts as started only when the kubelet knows that the run before is gone', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  await sidecar.probe()
  tellResident(stage, 'exited boot-1')
  await journaled(stage, 'exited boot-1')
  const postStart = runStart(stage)
  const returned = postStart.exited.then(() => 'returned')
  t.equal(await Promise.race([returned, sleep(500, 'waits')]), 'waits', 'nobody has asked since')
  t.equal(verdict(await sidecar.probe()), '503 at once')
  t.equal(await returned, 'returned')
})

t.test('a sidecar that restarts answers yes at once', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  await sidecar.probe()
  stage.kill('sidecar')
  const next = await startSidecar(stage, { decide: resting(stage) })
  await goOnline(stage)
  t.equal(verdict(await next.probe()), '200 at once')
})

t.test('who does not know the token is never held, and does not disturb the chain', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  const others = [{}, { 'Greenroom-Probe': 'guess' }, { 'Greenroom-Probe': '' }, { 'Greenroom-Probes': token }]
  const askAsOthers = () => Promise.all(others.map((headers) => sidecar.ask({ path: '/ready', headers })))
  for (let times = 0; times < 3; times++) {
    for (const answer of await askAsOthers()) t.equal(verdict(answer), '200 at once')
  }
  t.equal(verdict(await sidecar.probe()), '200 at once')
  await askAsOthers()
  const held = await probeWhile(sidecar, async () => {
    for (const answer of await askAsOthers()) t.equal(verdict(answer), '200 at once')
    tellResident(stage, 'exited boot-1')
  })
  t.equal(verdict(held), '503 at once')
})

t.test('proxies that write header names in lower case do no harm', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  await sidecar.ask({ path: '/ready', headers: { 'greenroom-probe': token } })
  t.equal(verdict(await probeWhile(sidecar, () => tellResident(stage, 'exited boot-1'))), '503 at once')
})

t.test('many flips while probes wait: each is told, none is lost', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  await sidecar.probe()
  for (let flip = 0; flip < 4; flip++) {
    const boot = `boot-${flip + 2}`
    t.equal(verdict(await probeWhile(sidecar, () => tellResident(stage, `started ${boot}`))), '503 at once')
    await journaled(stage, `started ${boot}`)
    t.equal(verdict(await probeWhile(sidecar, () => goOnline(stage))), '200 at once')
  }
})

t.test('a record of the last answer that is damaged costs nothing but the hold', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  const resident = readFileSync(join(stage.run, 'resident-id'), 'utf8').trim()
  const records = [
    '',
    '\0\0\0',
    'x',
    '200',
    '200 12',
    `200 12 ${resident}`,
    `200 y ${resident}`,
    `200 12 ${resident} z`,
  ]
  for (const record of [...records, `503 12 ${resident}`, '200 12 another-resident']) {
    writeFileSync(join(stage.run, 'reported'), `${record}\n`)
    t.equal(verdict(await sidecar.probe()), '200 at once', JSON.stringify(record))
  }
})

t.test('clients that are no clients', async (t) => {
  const { sidecar } = await onlineStage(t)
  const say = async (...pieces: string[]): Promise<string> => {
    const socket = connect(sidecar.port, '127.0.0.1').setEncoding('utf8')
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (piece: string) => {
      text += piece
    })
    const closed = new Promise((resolve) => socket.on('close', resolve))
    for (const piece of pieces) {
      if (socket.writable) socket.write(piece)
      await Promise.race([sleep(pieces.length > 1 ? 1000 : 0), closed])
    }
    if (pieces.length === 0) socket.end()
    await closed
    return text
  }
  const ok = /^HTTP\/1.1 200 OK\r\n/
  const long = 'x'.repeat(100_000)
  const manyHeaders = 'a: b\r\n'.repeat(1000)
  const [plain, nothing, binary, longLine, longHeader, many, slow, silent] = await Promise.all([
    say('GET /status HTTP/1.1\n\n'),
    say(),
    say('\0\xff\x16\x03\x01'.repeat(100), '\n\n'),
    say(`GET /status?${long} HTTP/1.1\r\n\r\n`),
    say(`GET /status HTTP/1.1\r\na: ${long}\r\n\r\n`),
    say(`GET /status HTTP/1.1\r\n${manyHeaders}\r\n`),
    say('GET /status HTTP/1.1\r\n', ...'aaaaaaaaaaaaaaaaaaaa'.split('').map((name) => `${name}: b\r\n`), '\r\n'),
    say('GET '),
  ])
  t.match(plain, ok, 'a lone newline will do')
  t.equal(nothing, '')
  t.notMatch(binary, ok)
  t.equal(slow, '', 'one that writes its headers slowly is cut off')
  t.equal(silent, '')
  for (const text of [longLine, longHeader, many]) t.ok(text === '' || ok.test(text) || /^HTTP\/1.1 4/.test(text))
  t.equal((await sidecar.ask({ path: '/status' })).status, 200, 'and the server is there for others')
})

t.test('a client that goes away leaves nobody behind', async (t) => {
  const { stage, sidecar } = await onlineStage(t)
  await sidecar.probe()
  const socket = connect(sidecar.port, '127.0.0.1')
  socket.write(`GET /ready HTTP/1.1\r\nGreenroom-Probe: ${token}\r\n\r\n`)
  const serving = () =>
    stage
      .living('sidecar')
      .filter(
        ({ command }) => command.endsWith('sh serve') || (command.endsWith('/serve') && !command.includes('tcpsvd')),
      )
  await until('somebody to serve it', () => serving().length > 0)
  socket.destroy()
  await until('nobody', () => serving().length === 0)
})
