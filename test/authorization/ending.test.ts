import t from 'tap'
import { describeEnding, type Ending, exitCodes, messageLimit } from '../../authorization/ending.ts'
import type { Task } from '../../authorization/task.ts'

const now = Date.parse('2026-08-01T12:00:00.100Z')
const task: Task = {
  podUid: 'uid-1',
  settings: {
    endpoint: 'http://user:s3cret@auth.example',
    resources: ['mysql:orders'],
    callTimeoutMs: 1000,
    startTimeoutMs: 1000,
    whenUnavailable: 'block',
    refillMs: 600_000,
  },
  body: {
    application: 'orders',
    namespace: 'shop',
    pod: 'orders-1',
    ip: '10.1.2.3',
    ips: ['10.1.2.3'],
    resources: ['mysql:orders', 'redis'],
  },
}

const detail = 'HTTP 500'
const nextInMs = 599_950
const what = 'mysql:orders, redis for orders at 10.1.2.3'
const next = 'the first restart after 2026-08-01T12:10:01Z asks again.'
const nextOrNew = next.replace(/\.$/, '; a new pod asks at once.')

/** Every ending with its exit code and sentence. */
const rows: readonly [Ending, number, string][] = [
  [{ code: 'AuthorizationGranted' }, 0, `${what} is granted.`],
  [
    { code: 'AuthorizationStands', detail },
    0,
    `${what} was granted before and that stands, though not confirmed now (HTTP 500).`,
  ],
  [
    { code: 'AuthorizationSkipped', detail },
    0,
    `${what} is not granted (HTTP 500), and the policy lets the pod start without it.`,
  ],
  [
    { code: 'AuthorizationRefused', detail },
    10,
    `${what} is refused (HTTP 500); this pod asks no more: correct its rights or annotations and recreate it.`,
  ],
  [{ code: 'AuthorizationUnavailable', detail, nextInMs }, 11, `${what} is not granted (HTTP 500); ${nextOrNew}`],
  [
    { code: 'AuthorizationThrottled', detail, nextInMs },
    12,
    `${what} is not granted, the service throttles (HTTP 500); ${next}`,
  ],
  [{ code: 'AuthorizationQueued', detail, nextInMs }, 13, `${what} is queued by the service (HTTP 500); ${next}`],
  [
    { code: 'AuthorizationAttemptsSpent', detail, nextInMs },
    14,
    `${what} was not asked for, all attempts are spent (HTTP 500); ${nextOrNew}`,
  ],
  [{ code: 'AuthorizationInterrupted', asked: true }, 143, `told to stop before ${what} was answered.`],
]

t.test('each ending has its exit code and sentence', async (t) => {
  for (const [ending, exitCode, sentence] of rows) {
    t.equal(describeEnding(ending, task, now), `${ending.code}: ${sentence}`)
    t.equal(exitCodes[ending.code], exitCode)
  }
  const codes = rows.map(([{ code }]) => code)
  t.strictSame(Object.keys(exitCodes), codes, 'no ending is missing here')
})

t.test('a sentence stays short, whole and one line, and keeps its time', async (t) => {
  const long: Task = {
    ...task,
    body: {
      ...task.body,
      application: 'a'.repeat(63),
      ip: '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
      resources: Array.from({ length: 50 }, (_, index) => `mysql:database-${index}`),
    },
  }
  for (const [ending] of rows) {
    const wordy = 'detail' in ending ? { ...ending, detail: `${'many words\n'.repeat(100)}` } : ending
    const message = describeEnding(wordy, long, now)
    t.ok(message.length <= messageLimit, `${message.length}: ${message}`)
    t.match(message, /^[A-Za-z]+: .*\.$/)
    if ('nextInMs' in ending) t.ok(message.endsWith(next) || message.endsWith(nextOrNew), message)
    if ('detail' in ending) t.match(message, /\(many .*…\)/, 'something of the reason is left')
  }
})
