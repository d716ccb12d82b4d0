import { X509Certificate } from 'node:crypto'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import type { Expectation } from '../../serving/certificates/certificate.ts'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { createReadiness } from '../../serving/readiness.ts'
import { callSelf } from '../../serving/self-call.ts'
import { createServer } from '../../serving/server.ts'
import { listening } from '../listening.ts'

const host = 'greenroom.greenroom-system.svc'
const authority = await createAuthority('test', new Date())
const issue = (hosts = [host]) => issueLeaf(authority, hosts, new Date())

/** A real server that calls itself, and a clock. */
async function createStage(t: Test, changes: Partial<Expectation> = {}) {
  let nowMs = 0
  let status = 200
  const stage = { calls: 0, isServing: true, log: [] as Record<string, unknown>[] }
  const server = createServer(await issue(), (_, response) => {
    stage.calls += 1
    response.writeHead(status).end()
  })
  await listening(t, server)
  const whyNotReady = createReadiness({
    isServing: () => stage.isServing,
    callSelf: () => callSelf(server, host),
    expected: () => ({ host, trusted: [authority.cert], nowMs: Date.now(), ...changes }),
    steadyMs: () => nowMs,
    logger: pino({}, { write: (line: string) => stage.log.push(JSON.parse(line)) }),
  })
  return Object.assign(stage, {
    server,
    whyNotReady,
    wait: (ms: number) => {
      nowMs += ms
    },
    answer: (next: number) => {
      status = next
    },
  })
}

t.test('a server that may be asked is ready, and calls itself for that', async (t) => {
  const stage = await createStage(t)
  t.equal(await stage.whyNotReady(), undefined)
  t.equal(stage.calls, 1)
  t.strictSame(stage.log, [])
})

t.test('one that does not serve, or leaves, is not, and makes no call', async (t) => {
  const stage = await createStage(t)
  stage.isServing = false
  t.equal(await stage.whyNotReady(), 'not ready')
  t.equal(stage.calls, 0)
})

t.test('a certificate that clients would refuse is the reason, and said once', async (t) => {
  for (const [changes, reason] of [
    [{ trusted: [] }, /of no authority/],
    [{ host: 'example.com' }, /not for example\.com/],
    [{ nowMs: Date.now() + 8 * 24 * 3_600_000 }, /expired/],
  ] as const) {
    const stage = await createStage(t, changes)
    t.match(await stage.whyNotReady(), reason)
    stage.wait(30_000)
    t.match(await stage.whyNotReady(), reason)
    t.match(stage.log, [{ level: 50, reason, msg: 'not ready' }])
    t.equal(stage.log.length, 1)
  }
})

t.test('a certificate that comes to be right again makes it ready', async (t) => {
  const stage = await createStage(t)
  stage.server.setSecureContext(await issue(['example.com']))
  t.match(await stage.whyNotReady(), /not for/)
  stage.server.setSecureContext(await issue())
  stage.wait(30_000)
  t.equal(await stage.whyNotReady(), undefined)
  t.match(stage.log.at(-1), { level: 30 })
})

t.test('probes in short order share a call; an old answer is still given while the next call is made', async (t) => {
  const stage = await createStage(t)
  await Promise.all([stage.whyNotReady(), stage.whyNotReady()])
  stage.wait(4_999)
  await stage.whyNotReady()
  t.equal(stage.calls, 1)
  stage.server.setSecureContext(await issue(['example.com']))
  stage.wait(1)
  t.equal(await stage.whyNotReady(), undefined, 'what the last call came to')
  while (stage.log.length === 0) await new Promise(setImmediate)
  t.match(await stage.whyNotReady(), /not for/)
  t.equal(stage.calls, 2)
})

t.test('a server that does not answer itself is not ready', async (t) => {
  const stage = await createStage(t)
  stage.answer(500)
  t.match(await stage.whyNotReady(), /a call to itself failed: .* with 500/)
  const closed = createServer(await issue(), (_, response) => response.end())
  await t.rejects(callSelf(closed, host), /does not listen/)
})

t.test('what a call shows is what is served', async (t) => {
  const stage = await createStage(t)
  const { serialNumber } = await callSelf(stage.server, host)
  const fresh = await issue()
  stage.server.setSecureContext(fresh)
  const shown = await callSelf(stage.server, host)
  t.equal(shown.serialNumber, new X509Certificate(fresh.cert).serialNumber)
  t.not(shown.serialNumber, serialNumber)
})
