import { once } from 'node:events'
import { request } from 'node:https'
import { text as readText } from 'node:stream/consumers'
import t from 'tap'
import { reviewOf } from './support/review.ts'
import { startWebhook } from './support/webhook.ts'

const orders = {
  metadata: { name: 'orders', annotations: { 'greenroom.dev/inject': 'true' } },
  spec: {
    containers: [
      { name: 'app', env: [{ name: 'PASSWORD', value: 'swordfish' }], readinessProbe: { tcpSocket: { port: 8080 } } },
    ],
  },
}

t.test('a body that is no AdmissionReview is answered with 400, and the server stays up', async (t) => {
  const webhook = await startWebhook(t)
  const bodies = [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"kind":"Pod"}',
    reviewOf(orders).replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
  ]
  for (const body of bodies)
    t.match(await webhook.send('POST', '/mutate', body), { status: 400, text: 'AdmissionReview' }, body)
  t.match(await webhook.send('POST', '/mutate', reviewOf(orders)), { status: 200, text: '"allowed":true' })
})

t.test('a body of 8 MiB is answered with 413, one of 3 MiB is read', async (t) => {
  const webhook = await startWebhook(t)
  t.match(await webhook.send('POST', '/mutate', Buffer.alloc(8 * 1024 * 1024)), { status: 413 })
  const large = { ...orders, metadata: { ...orders.metadata, labels: { large: 'x'.repeat(3 * 1024 * 1024) } } }
  t.match(await webhook.send('POST', '/mutate', reviewOf(large)), { status: 200 })
})

t.test('a review of anything but the creation of a pod is an error with its uid', async (t) => {
  const webhook = await startWebhook(t)
  const requests = [
    { operation: 'UPDATE' },
    { operation: 'DELETE', object: null },
    { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
    { object: { metadata: {}, spec: { containers: 'none' } } },
  ]
  for (const request of requests) {
    const { text } = await webhook.send('POST', '/mutate', reviewOf(orders, { uid: 'u-1', ...request }))
    t.match(JSON.parse(text).response, { uid: 'u-1', allowed: false, status: { code: 400 } })
  }
})

t.test('what is thrown is answered with 500, so that the failurePolicy decides, and its cause is logged', async (t) => {
  const webhook = await startWebhook(t, {
    drawToken: () => {
      throw new Error('no randomness left')
    },
  })
  t.match(await webhook.send('POST', '/mutate', reviewOf(orders)), { status: 500 })
  t.match(webhook.log, [{ level: 50, err: { message: 'no randomness left' }, path: '/mutate' }])
})

t.test('readyz follows readiness, healthz does not', async (t) => {
  let isReady = false
  const webhook = await startWebhook(t, { isReady: () => isReady })
  t.match(await webhook.send('GET', '/readyz'), { status: 503, headers: { connection: 'close' } })
  t.match(await webhook.send('GET', '/healthz'), { status: 200 })
  isReady = true
  t.match(await webhook.send('GET', '/readyz'), { status: 200, headers: { connection: 'keep-alive' } })
})

t.test('another path or method is 404', async (t) => {
  const webhook = await startWebhook(t)
  t.match(await webhook.send('GET', '/'), { status: 404 })
  t.match(await webhook.send('GET', '/mutate'), { status: 404 })
})

t.test('a review is one line of the log and one count, and never the pod itself', async (t) => {
  const webhook = await startWebhook(t)
  await webhook.send('POST', '/mutate', reviewOf(orders, { dryRun: true }))
  t.match(webhook.log, [
    {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      namespace: 'shop',
      name: 'orders',
      operation: 'CREATE',
      dryRun: true,
      decision: 'inject',
      reason: 'Injected',
      operations: Number,
      durationMs: Number,
      msg: 'reviewed',
    },
  ])
  t.notMatch(JSON.stringify(webhook.log), 'swordfish')
  const { text } = await webhook.send('GET', '/metrics')
  t.match(text, 'greenroom_webhook_reviews_total{decision="inject",reason="Injected"} 1')
  t.match(text, 'greenroom_webhook_review_duration_seconds_count 1')
})

t.test('problems of an admitted pod are in that line and counted by code, for nobody reads its warnings', async (t) => {
  const webhook = await startWebhook(t)
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'orders-1', uid: 'u', controller: true }]
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/drian': 'max=1s', 'greenroom.dev/drain': '30' }
  await webhook.send('POST', '/mutate', reviewOf({ ...orders, metadata: { annotations, ownerReferences } }))
  await webhook.send('POST', '/mutate', reviewOf(orders))
  t.strictSame(
    webhook.log.map(({ problems }) => problems),
    [['AnnotationUnknown', 'AnnotationMalformed', 'PreStartNotRun'], ['PreStartNotRun']],
  )
  const { text } = await webhook.send('GET', '/metrics')
  t.match(text, 'greenroom_webhook_problems_total{code="AnnotationUnknown"} 1')
  t.match(text, 'greenroom_webhook_problems_total{code="AnnotationMalformed"} 1')
})

t.test('a review says how long it may take, and is answered by length, on a connection that stays', async (t) => {
  const webhook = await startWebhook(t)
  const answer = await webhook.send('POST', '/mutate?timeout=5s', reviewOf(orders))
  t.match(answer, { status: 200, headers: { connection: 'keep-alive', 'content-type': /^application\/json/ } })
  t.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.text))
})

t.test('an answer that is not ASCII arrives whole', async (t) => {
  const webhook = await startWebhook(t)
  const annotations = { 'greenroom.dev/inject': 'true', 'greenroom.dev/drain': 'größer' }
  const { text } = await webhook.send('POST', '/mutate', reviewOf({ ...orders, metadata: { annotations } }))
  t.match(JSON.parse(text).response, { allowed: false, status: { message: /größer/ } })
})

t.test('a replica that is leaving gives each connection up with an answer', async (t) => {
  const webhook = await startWebhook(t, { isReady: () => false })
  t.match(await webhook.send('POST', '/mutate', reviewOf(orders)), { status: 200, headers: { connection: 'close' } })
})

t.test(
  'while large bodies have all turns, small ones are answered; who waits for too long is told to ask again',
  async (t) => {
    const webhook = await startWebhook(t)
    const large = { method: 'POST', path: '/mutate', port: webhook.port, ca: webhook.ca, host: 'localhost' }
    // One that is still sending may find its connection closed before it has read why.
    const unfinished = Array.from({ length: 3 }, () =>
      request({ ...large, headers: { 'content-length': 1_000_000 } }).on('error', () => {}),
    )
    t.teardown(() => unfinished.map((each) => each.destroy()))
    const trickle = setInterval(() => unfinished.slice(0, 2).map((each) => each.write('x')), 200)
    t.teardown(() => clearInterval(trickle))
    const [waiting] = unfinished.slice(-1).map((each) => once(each, 'response'))
    for (const each of unfinished) each.flushHeaders()
    t.match(await webhook.send('POST', '/mutate', reviewOf(orders)), { status: 200 })
    const [response] = (await waiting) ?? []
    t.match(response, { statusCode: 503, headers: { 'retry-after': '1' } })
    t.match(await readText(response), /busy/)
    const { text } = await webhook.send('GET', '/metrics')
    t.match(text, 'greenroom_webhook_turned_away_total 1')
  },
)
