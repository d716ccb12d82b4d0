import t from 'tap'
import { modeFor, modes, parseBehaviour, wellBehaved } from '../../../authorization/reference/behaviour.ts'

t.test('a mode is enough', async (t) => {
  for (const mode of modes)
    t.strictSame(parseBehaviour({ mode }), { kind: 'behaviour', behaviour: { ...wellBehaved, mode } })
})

t.test('all that can be said', async (t) => {
  const behaviour = {
    mode: 'queue',
    times: 2,
    retryAfterSeconds: 5,
    application: 'orders',
    method: 'DELETE',
    capacity: { callsPerSecond: 0.5 },
    delayMs: 800,
    overload: { throttled: 50, withinSeconds: 10, downForSeconds: 60 },
  }
  t.strictSame(parseBehaviour(behaviour), { kind: 'behaviour', behaviour })
})

t.test('what is wrong is named, with what was found and what is allowed', async (t) => {
  const overload = { throttled: 50, withinSeconds: 10, downForSeconds: 60 }
  const keys = 'mode, times, retryAfterSeconds, application, method, capacity, delayMs, overload'
  const grant = { mode: 'grant' }
  const perSecond = 'expected a number from 0.01 to 10000.'
  const rows: readonly [unknown, string][] = [
    [undefined, 'the behaviour is "no JSON", expected a JSON object such as {"mode": "fail"}.'],
    [[], 'the behaviour is [], expected a JSON object such as {"mode": "fail"}.'],
    [{}, 'mode is missing, expected one of grant, refuse, fail, throttle, queue, hang.'],
    [{ mode: 'Fail' }, 'mode is "Fail", expected one of grant, refuse, fail, throttle, queue, hang.'],
    [{ mode: 'fail', time: 2 }, `a key is "time", expected one of ${keys}.`],
    [{ mode: 'fail', times: -1 }, 'times is -1, expected a whole number from 0.'],
    [{ mode: 'fail', times: Number.NaN }, 'times is null, expected a whole number from 0.'],
    [{ mode: 'fail', retryAfterSeconds: 0.5 }, 'retryAfterSeconds is 0.5, expected whole seconds from 0.'],
    [{ mode: 'fail', application: '' }, 'application is "", expected a name.'],
    [{ mode: 'fail', method: 'GET' }, 'method is "GET", expected one of PUT, POST, DELETE.'],
    [{ ...grant, capacity: 5 }, 'capacity is 5, expected an object such as {"callsPerSecond": 5}.'],
    [{ ...grant, capacity: {} }, `capacity.callsPerSecond is missing, ${perSecond}`],
    [{ ...grant, capacity: { callsPerSecond: 0 } }, `capacity.callsPerSecond is 0, ${perSecond}`],
    [{ ...grant, capacity: { callsPerSecond: 10_001 } }, `capacity.callsPerSecond is 10001, ${perSecond}`],
    [{ ...grant, capacity: { callsPerSecond: '5' } }, `capacity.callsPerSecond is "5", ${perSecond}`],
    [
      { ...grant, capacity: { callsPerSecond: 5, burst: 9 } },
      'a key of capacity is "burst", expected one of callsPerSecond.',
    ],
    [{ ...grant, delayMs: 0.5 }, 'delayMs is 0.5, expected a whole number from 0 to 600000.'],
    [{ ...grant, delayMs: 600_001 }, 'delayMs is 600001, expected a whole number from 0 to 600000.'],
    [
      { ...grant, overload: null },
      'overload is null, expected an object such as {"throttled": 50, "withinSeconds": 10, "downForSeconds": 60}.',
    ],
    [
      { ...grant, overload: { ...overload, throttled: 0 } },
      'overload.throttled is 0, expected a whole number from 1 to 10000.',
    ],
    [
      { ...grant, overload: { ...overload, withinSeconds: undefined } },
      'overload.withinSeconds is missing, expected a whole number from 1 to 3600.',
    ],
    [
      { ...grant, overload: { ...overload, downForSeconds: 86_401 } },
      'overload.downForSeconds is 86401, expected a whole number from 1 to 86400.',
    ],
    [
      { ...grant, overload: { ...overload, for: 1 } },
      'a key of overload is "for", expected one of throttled, withinSeconds, downForSeconds.',
    ],
  ]
  for (const [value, detail] of rows) t.strictSame(parseBehaviour(value), { kind: 'malformed', detail })
})

t.test('which calls misbehave', async (t) => {
  const fail = { ...wellBehaved, mode: 'fail' } as const
  const put = { method: 'PUT', application: 'orders', nth: 0 }
  t.equal(modeFor(wellBehaved, put), 'grant')
  t.equal(modeFor(fail, put), 'fail')
  t.equal(modeFor(fail, { ...put, nth: 99 }), 'fail')
  t.equal(modeFor(fail, { ...put, method: 'DELETE' }), 'grant')
  t.equal(modeFor(fail, { ...put, method: 'POST' }), 'fail', 'a batch asks too')
  t.equal(modeFor({ ...fail, method: 'PUT' }, { ...put, method: 'POST' }), 'grant')
  t.equal(modeFor({ ...fail, method: 'POST' }, put), 'grant')
  t.equal(modeFor({ ...fail, method: 'DELETE' }, { ...put, method: 'DELETE' }), 'fail')
  t.equal(modeFor({ ...fail, times: 2 }, { ...put, nth: 1 }), 'fail')
  t.equal(modeFor({ ...fail, times: 2 }, { ...put, nth: 2 }), 'grant')
  t.equal(modeFor({ ...fail, application: 'orders' }, put), 'fail')
  t.equal(modeFor({ ...fail, application: 'billing' }, put), 'grant')
  t.equal(modeFor({ ...fail, application: 'billing' }, { ...put, application: undefined }), 'grant')
})
