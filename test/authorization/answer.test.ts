import t from 'tap'
import {
  type Answer,
  answerDetail,
  queuedRetryMs,
  type Revocation,
  readAnswer,
  readRevocation,
} from '../../authorization/answer.ts'
import type { Reply, Silence } from '../../authorization/exchange.ts'
import { ambiguousStatus, usualGrantStatuses, usualRevokeStatuses } from '../../policy/answer-statuses.ts'

const now = Date.parse('2026-08-01T12:00:00Z')

function reply(status: number, about: Partial<Reply> = {}): Reply {
  return { kind: 'reply', status, headers: {}, body: '', oversized: false, ...about }
}

const silence: Silence = { kind: 'silence', detail: 'no answer within 20 ms' }
const redirect = 'redirects are not followed, name the final endpoint'

const answers: readonly [Reply | Silence, Answer][] = [
  [reply(200), { kind: 'granted' }],
  [reply(201, { body: '{"grant": 1}' }), { kind: 'granted' }],
  [
    reply(200, { oversized: true }),
    { kind: 'unavailable', detail: 'HTTP 200 with a body too large for an answer of an authorization service' },
  ],
  [reply(202), { kind: 'queued', retryAfterMs: queuedRetryMs }],
  [reply(202, { headers: { 'retry-after': '3' } }), { kind: 'queued', retryAfterMs: 3000 }],
  [reply(204), { kind: 'unavailable', detail: 'HTTP 204, which is no answer of the contract' }],
  [
    reply(302, { headers: { location: 'https://user:pass@login.example:8443/in?token=s3cret' } }),
    { kind: 'refused', status: 302, detail: `HTTP 302 redirects to https://login.example:8443/in; ${redirect}` },
  ],
  [
    reply(307, { headers: { location: '//user:pass@other/in?token=s3cret' } }),
    { kind: 'refused', status: 307, detail: `HTTP 307 redirects to //other/in; ${redirect}` },
  ],
  [reply(304), { kind: 'refused', status: 304, detail: 'HTTP 304' }],
  [
    reply(403, { body: '{"detail": "orders may not use mysql:billing."}' }),
    { kind: 'refused', status: 403, detail: 'HTTP 403: orders may not use mysql:billing' },
  ],
  [reply(409, { body: '{"message": "m"}' }), { kind: 'refused', status: 409, detail: 'HTTP 409: m' }],
  [reply(404, { body: '<html>nginx</html>' }), { kind: 'refused', status: 404, detail: 'HTTP 404' }],
  [
    reply(400, { body: 'no\n2026 granted \u001b[31m' }),
    { kind: 'refused', status: 400, detail: 'HTTP 400: no 2026 granted [31m' },
  ],
  [reply(429), { kind: 'throttled' }],
  [reply(429, { headers: { 'retry-after': '9' } }), { kind: 'throttled', retryAfterMs: 9000 }],
  [reply(500), { kind: 'unavailable', detail: 'HTTP 500' }],
  [reply(503, { body: '{"title": "down"}' }), { kind: 'unavailable', detail: 'HTTP 503: down' }],
  [reply(999), { kind: 'unavailable', detail: 'HTTP 999' }],
  [silence, { kind: 'unavailable', detail: 'no answer within 20 ms' }],
]

const revocations: readonly [Reply | Silence, Revocation][] = [
  [reply(200), { kind: 'revoked' }],
  [reply(202), { kind: 'revoked' }],
  [reply(204), { kind: 'revoked' }],
  [reply(204, { oversized: true }), { kind: 'revoked' }],
  [reply(404), { kind: 'revoked' }],
  [reply(301), { kind: 'refused', status: 301, detail: 'HTTP 301' }],
  [reply(403), { kind: 'refused', status: 403, detail: 'HTTP 403' }],
  [reply(429), { kind: 'unavailable', detail: 'HTTP 429' }],
  [reply(500), { kind: 'unavailable', detail: 'HTTP 500' }],
  [silence, { kind: 'unavailable', detail: 'no answer within 20 ms' }],
]

t.test('a PUT is answered as the table says', async (t) => {
  for (const [given, expected] of answers) t.strictSame(readAnswer(given, now), expected, JSON.stringify(given))
})

t.test('a DELETE is answered as the table says', async (t) => {
  for (const [given, expected] of revocations) t.strictSame(readRevocation(given), expected, JSON.stringify(given))
})

t.test('another API is read by the lists of the policy, exactly', async (t) => {
  const own = { granted: [204, 303], queued: [200, 429], throttled: [503], refused: [410] }
  const rows: readonly [Reply, Answer][] = [
    [reply(204), { kind: 'granted' }],
    [reply(303, { headers: { location: 'https://a/' } }), { kind: 'granted' }],
    [reply(200), { kind: 'queued', retryAfterMs: queuedRetryMs, status: 200 }],
    [reply(429, { headers: { 'retry-after': '3' } }), { kind: 'queued', retryAfterMs: 3000, status: 429 }],
    [reply(503), { kind: 'throttled', status: 503 }],
    [reply(410, { body: 'gone' }), { kind: 'refused', status: 410, detail: 'HTTP 410: gone' }],
    [reply(302), { kind: 'refused', status: 302, detail: 'HTTP 302' }],
    [reply(403), { kind: 'unavailable', detail: 'HTTP 403' }],
    [reply(201), { kind: 'unavailable', detail: "HTTP 201, which is no answer of the policy's lists" }],
    [reply(500), { kind: 'unavailable', detail: 'HTTP 500' }],
  ]
  for (const [given, expected] of rows) t.strictSame(readAnswer(given, now, own), expected, JSON.stringify(given))
  t.equal(answerDetail({ kind: 'queued', retryAfterMs: 1, status: 429 }), 'HTTP 429')

  const taking = { revoked: [202, 410], refused: [404] }
  t.strictSame(readRevocation(reply(410), taking), { kind: 'revoked' })
  t.match(readRevocation(reply(404), taking), { kind: 'refused' })
  t.match(readRevocation(reply(301), taking), { kind: 'refused' })
  t.match(readRevocation(reply(403), taking), { kind: 'unavailable' })
  t.match(readRevocation(reply(204), taking), { kind: 'unavailable' })
})

t.test('no status is in two of the usual lists', async (t) => {
  for (const lists of [usualGrantStatuses, usualRevokeStatuses]) t.equal(ambiguousStatus(lists), undefined)
  t.equal(ambiguousStatus({ a: [200, 200, 404], b: [404] }), 404)
})

t.test('the words of a service are cut to a line that fits', async (t) => {
  const answer = readAnswer(reply(403, { body: JSON.stringify({ detail: 'x'.repeat(60_000) }) }), now)
  t.equal(answer.kind, 'refused')
  t.ok('detail' in answer && answer.detail.length <= 160)
})
