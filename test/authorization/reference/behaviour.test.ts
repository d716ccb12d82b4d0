import t from 'tap'
import { modeFor, modes, parseBehaviour, wellBehaved } from '../../../authorization/reference/behaviour.ts'

t.test('a mode is enough', async (t) => {
  for (const mode of modes)
    t.strictSame(parseBehaviour({ mode }), { kind: 'behaviour', behaviour: { ...wellBehaved, mode } })
})

t.test('all that can be said', async (t) => {
  const behaviour = { mode: 'queue', times: 2, retryAfterSeconds: 5, application: 'orders', method: 'DELETE' }
  t.strictSame(parseBehaviour(behaviour), { kind: 'behaviour', behaviour })
})

t.test('what is wrong is named, with what was found and what is allowed', async (t) => {
  const rows: readonly [unknown, string][] = [
    [undefined, 'the behaviour is "no JSON", expected a JSON object such as {"mode": "fail"}.'],
    [[], 'the behaviour is [], expected a JSON object such as {"mode": "fail"}.'],
    [{}, 'mode is missing, expected one of grant, refuse, fail, throttle, queue, hang.'],
    [{ mode: 'Fail' }, 'mode is "Fail", expected one of grant, refuse, fail, throttle, queue, hang.'],
    [
      { mode: 'fail', time: 2 },
      'a key is "time", expected one of mode, times, retryAfterSeconds, application, method.',
    ],
    [{ mode: 'fail', times: -1 }, 'times is -1, expected a whole number from 0.'],
    [{ mode: 'fail', times: Number.NaN }, 'times is null, expected a whole number from 0.'],
    [{ mode: 'fail', retryAfterSeconds: 0.5 }, 'retryAfterSeconds is 0.5, expected whole seconds from 0.'],
    [{ mode: 'fail', application: '' }, 'application is "", expected a name.'],
    [{ mode: 'fail', method: 'GET' }, 'method is "GET", expected one of PUT, DELETE.'],
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
  t.equal(modeFor({ ...fail, method: 'DELETE' }, { ...put, method: 'DELETE' }), 'fail')
  t.equal(modeFor({ ...fail, times: 2 }, { ...put, nth: 1 }), 'fail')
  t.equal(modeFor({ ...fail, times: 2 }, { ...put, nth: 2 }), 'grant')
  t.equal(modeFor({ ...fail, application: 'orders' }, put), 'fail')
  t.equal(modeFor({ ...fail, application: 'billing' }, put), 'grant')
  t.equal(modeFor({ ...fail, application: 'billing' }, { ...put, application: undefined }), 'grant')
})
