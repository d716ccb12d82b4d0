import { mkdirSync } from 'node:fs'
import t from 'tap'
import { mostPods, parseBatch } from '../../../authorization/reference/batch.ts'
import { batchLimitBytes } from '../../../authorization/reference/body.ts'
import { grantBatch } from '../../../authorization/reference/grant-change.ts'
import type { Grants } from '../../../authorization/reference/grants-file.ts'
import { type ReferenceServer, runReferenceServer, startReferenceServer } from '../reference-server.ts'

t.setTimeout(120_000)

const about = { application: 'orders', namespace: 'shop', resources: ['mysql:orders'] }
const send = ({ endpoint }: ReferenceServer, body: unknown) =>
  fetch(`${endpoint}/v1/authorizations:batch`, { method: 'POST', body: JSON.stringify(body) })
const ipOf = (index: number) => `10.1.${index >> 8}.${index & 255}`
const podsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ uid: `uid-${index}`, ip: ipOf(index) }))

t.test('each pod is answered as if it had asked by itself, in order', async (t) => {
  const server = await startReferenceServer(t)
  const fix = 'Send application, resources and pods, each with uid and ip.'
  const known = { ...about, pod: 'orders-1', ip: '10.1.2.3' }
  await fetch(`${server.endpoint}/v1/authorizations/known`, { method: 'PUT', body: JSON.stringify(known) })
  const rows: readonly [pod: unknown, result: object][] = [
    [
      { uid: 'new', ip: '10.1.2.4' },
      { uid: 'new', status: 201 },
    ],
    [
      { uid: 'known', ip: '10.1.2.5' },
      { uid: 'known', status: 200 },
    ],
    [
      { uid: 'new', ip: '10.1.2.6' },
      { uid: 'new', status: 200 },
    ],
    [
      { uid: 'two', pod: 'orders-2', namespace: 'other', ip: '10.1.2.7', ips: ['10.1.2.7', 'fd00::7'] },
      { uid: 'two', status: 201 },
    ],
    [
      { uid: 'bad', ip: '10.1.2' },
      { uid: 'bad', status: 400, detail: `ip is "10.1.2", expected the pod's IPv4 or IPv6 address. ${fix}` },
    ],
    [
      { uid: '__proto__', ip: '10.1.2.8' },
      {
        uid: '__proto__',
        status: 400,
        detail: `uid is "__proto__", expected up to 128 letters, digits, "-" or ".". ${fix}`,
      },
    ],
    [
      { ip: '10.1.2.8' },
      { uid: '', status: 400, detail: `uid is missing, expected up to 128 letters, digits, "-" or ".". ${fix}` },
    ],
    ['orders', { uid: '', status: 400, detail: `the pod is "orders", expected an object. ${fix}` }],
  ]
  const response = await send(server, { ...about, pods: rows.map(([pod]) => pod) })
  t.equal(response.status, 200)
  t.strictSame(await response.json(), { results: rows.map(([, result]) => result) })
  const grantedAt = /^20.*Z$/
  t.match(server.grants(), {
    known: { ...about, ip: '10.1.2.5', ips: ['10.1.2.5'], grantedAt },
    new: { ...about, ip: '10.1.2.6', grantedAt },
    two: { ...about, namespace: 'other', pod: 'orders-2', ips: ['10.1.2.7', 'fd00::7'] },
  })
  t.strictSame(Object.keys(server.grants() ?? {}).sort(), ['known', 'new', 'two'])
})

t.test('many pods are one write', async (t) => {
  const reading = parseBatch({ ...about, pods: podsOf(mostPods) })
  const written: number[] = []
  const grants: Grants = {
    all: () => new Map(),
    put: (granted) => {
      written.push(granted.size)
    },
    delete: () => false,
  }
  if (reading.kind === 'batch') grantBatch(grants, reading.batch, '2026-08-01T12:00:00.000Z')
  t.strictSame(written, [mostPods])
})

t.test('many pods are one call', async (t) => {
  const server = await startReferenceServer(t, ['--calls-per-second', '0.01'])
  t.equal((await send(server, { ...about, pods: podsOf(mostPods) })).status, 200)
  t.equal(Object.keys(server.grants() ?? {}).length, mostPods)
  t.equal((await send(server, { ...about, pods: podsOf(1) })).status, 429)
  const { calls, byMethod } = await server.summary()
  t.match(calls[0], { method: 'POST', uid: '', application: 'orders', pods: mostPods, status: 200, answer: 'granted' })
  t.strictSame(byMethod, { POST: { granted: 1, throttled: 1 } })
})

t.test('pods that name neither themselves nor a namespace outlive the server', async (t) => {
  const first = await startReferenceServer(t)
  await send(first, { application: 'orders', resources: ['mysql:orders'], pods: podsOf(1) })
  const before = first.grants()
  t.match(before, { 'uid-0': { application: 'orders', ip: '10.1.0.0', namespace: undefined, pod: undefined } })
  await first.stop()
  const second = await runReferenceServer(t, { grantsFile: first.grantsFile, flags: [] })
  t.strictSame(await (await fetch(`${second.endpoint}/v1/authorizations`)).json(), before)
})

t.test('it misbehaves as a whole, and grants nothing then', async (t) => {
  const server = await startReferenceServer(t)
  const statuses = { refuse: 403, fail: 500, throttle: 429, queue: 202 }
  for (const [mode, status] of Object.entries(statuses)) {
    await server.behave({ mode, retryAfterSeconds: 3, application: 'orders' })
    const response = await send(server, { ...about, pods: podsOf(2) })
    t.equal(response.status, status)
    t.equal(response.headers.get('retry-after'), ['throttle', 'queue'].includes(mode) ? '3' : null)
  }
  await server.behave({ mode: 'hang' })
  const hanging = server.waitFor('hang')
  const leave = new AbortController()
  const call = fetch(`${server.endpoint}/v1/authorizations:batch`, {
    method: 'POST',
    body: JSON.stringify({ ...about, pods: podsOf(2) }),
    signal: leave.signal,
  })
  await hanging
  leave.abort()
  await t.rejects(call)
  t.strictSame(server.grants(), {})
  await server.behave({ mode: 'fail', method: 'PUT' })
  t.equal((await send(server, { ...about, pods: podsOf(2) })).status, 200, 'a batch is no PUT')
})

t.test('a batch that cannot be read as one is refused', async (t) => {
  const server = await startReferenceServer(t)
  const rows: readonly [body: unknown, status: number, detail: string][] = [
    [[], 400, 'the body is [], expected a JSON object. Send application, resources and pods, '],
    [{ ...about, application: '', pods: podsOf(1) }, 400, 'application is "", expected a name. '],
    [{ ...about, resources: 'mysql', pods: podsOf(1) }, 400, 'resources is "mysql", expected a list of names '],
    [{ ...about, resources: ['x'.repeat(16_001)], pods: podsOf(1) }, 400, 'the length of resources is 16001, '],
    [about, 400, 'pods is missing, expected a list of pods. '],
    [{ ...about, pods: [] }, 400, 'pods is [], expected a list of pods. '],
    [{ ...about, pods: podsOf(mostPods + 1) }, 400, `the number of pods is 501, expected at most ${mostPods}. `],
    [{ ...about, pods: 'x'.repeat(batchLimitBytes) }, 413, `larger than ${batchLimitBytes} bytes`],
  ]
  for (const [body, status, detail] of rows) {
    const response = await send(server, body)
    t.equal(response.status, status, detail)
    t.match(await response.json(), { status, detail })
  }
  const { results } = JSON.parse(await (await send(server, { ...about, pods: [{ uid: 'uid-1' }] })).text())
  t.match(results, [{ uid: 'uid-1', status: 400 }])
  t.strictSame(server.grants(), {})
  t.strictSame((await server.summary()).byMethod, { POST: { malformed: 8 } })
})

t.test('a batch that cannot be written is granted to nobody, and said to have failed', async (t) => {
  const server = await startReferenceServer(t)
  mkdirSync(`${server.grantsFile}.draft`)
  t.equal((await send(server, { ...about, pods: podsOf(2) })).status, 500)
  t.strictSame(await (await fetch(`${server.endpoint}/v1/authorizations`)).json(), {})
  t.strictSame((await server.summary()).byAnswer, { failed: 1 })
})

t.test('what is kept has an end', async (t) => {
  const server = await startReferenceServer(t)
  const batch = (from: number, count: number) => {
    const pods = Array.from({ length: count }, (_, index) => ({ uid: `uid-${from + index}`, ip: ipOf(from + index) }))
    return send(server, { ...about, pods })
  }
  for (let from = 0; from < 10_000; from += mostPods) t.equal((await batch(from, mostPods)).status, 200)
  const response = await batch(10_000, 1)
  t.equal(response.status, 500)
  t.match(await response.json(), { detail: /can hold 10000 grants and no more\. Take some back/ })
  t.equal((await batch(0, 1)).status, 200, 'who is known is none more')
})
