import t from 'tap'
import type { Answer } from '../../authorization/answer.ts'
import type { Attempts, LastCall } from '../../authorization/attempts.ts'
import {
  type AfterCall,
  type BeforeCall,
  decideCall,
  decideNext,
  leastCallMs,
  retryPauseMs,
  type Situation,
} from '../../authorization/decision.ts'

const refillMs = 600_000
const ip = '10.1.2.3'
const at = '2026-08-01T12:00:00Z'

const all: Attempts = { version: 1, asOfMs: 0, owedMs: 0, pauseMs: 0, last: null }
const none: Attempts = { ...all, owedMs: 2 * refillMs }
const pausing: Attempts = { ...all, owedMs: refillMs, pauseMs: 10_000 }
const block = { refillMs, whenUnavailable: 'block' } as const
const proceed = { refillMs, whenUnavailable: 'proceed' } as const

function last(kind: LastCall['kind'], detail = 'D'): { last: LastCall } {
  return { last: { kind, detail, ip, at } }
}

function situation(about: Partial<Situation>): Situation {
  const usual = {
    attempts: all,
    settings: block,
    ip,
    grantStands: false,
    retried: false,
    remainingMs: 60_000,
    random: 0,
  }
  return { ...usual, ...about }
}

const ends = (ending: object) => ({ do: 'end', ending }) as const
const seen = `D at ${at}`

const beforeCalls: Readonly<Record<string, readonly [Partial<Situation>, BeforeCall | ReturnType<typeof ends>]>> = {
  'a new pod calls': [{}, { do: 'call', spends: true }],
  'after a refusal there is no call': [
    { attempts: { ...all, ...last('refused') } },
    ends({ code: 'AuthorizationRefused', detail: seen }),
  ],
  'not even where a grant was recorded before it': [
    { attempts: { ...all, ...last('refused') }, grantStands: true },
    ends({ code: 'AuthorizationRefused', detail: seen }),
  ],
  'a refusal was for its IP only': [
    { attempts: { ...all, ...last('refused') }, ip: '10.9.9.9' },
    { do: 'call', spends: true },
  ],
  'a recorded grant is confirmed for nothing': [
    { attempts: none, grantStands: true },
    { do: 'call', spends: false },
  ],
  'but not while the service asks for a pause': [
    { attempts: { ...pausing, ...last('throttled') }, grantStands: true },
    ends({ code: 'AuthorizationStands', detail: seen }),
  ],
  'without attempts there is no call': [
    { attempts: { ...none, ...last('unavailable') } },
    ends({ code: 'AuthorizationAttemptsSpent', detail: seen, nextInMs: refillMs }),
  ],
  'and the policy may let the pod go on': [
    { attempts: { ...none, ...last('unavailable') }, settings: proceed },
    ends({ code: 'AuthorizationSkipped', detail: seen }),
  ],
  'also where the last call was never answered': [
    { attempts: { ...none, ...last('unanswered') }, settings: proceed },
    ends({ code: 'AuthorizationSkipped', detail: seen }),
  ],
  'but throttling is no outage': [
    { attempts: { ...none, ...last('throttled') }, settings: proceed },
    ends({ code: 'AuthorizationAttemptsSpent', detail: seen, nextInMs: refillMs }),
  ],
  'nor is a file that nobody can read': [
    { attempts: none, settings: proceed },
    ends({
      code: 'AuthorizationAttemptsSpent',
      detail: 'the file that counts them was unreadable, which counts as spent',
      nextInMs: refillMs,
    }),
  ],
  'a pause that fits is waited for': [{ attempts: { ...pausing, ...last('throttled') } }, { do: 'wait', ms: 10_000 }],
  'with jitter, never before its end': [
    { attempts: { ...pausing, ...last('throttled') }, random: 1 },
    { do: 'wait', ms: 12_500 },
  ],
  'a short pause has jitter too': [
    { attempts: { ...pausing, pauseMs: 100, ...last('throttled') }, random: 1 },
    { do: 'wait', ms: 350 },
  ],
  'a pause that leaves time for a call just fits': [
    { attempts: { ...pausing, ...last('queued') }, remainingMs: 10_000 + leastCallMs },
    { do: 'wait', ms: 10_000 },
  ],
  'a longer one of a queue does not': [
    { attempts: { ...pausing, ...last('queued') }, remainingMs: 10_000 + leastCallMs - 1 },
    ends({ code: 'AuthorizationQueued', detail: seen, nextInMs: 10_000 }),
  ],
  'nor does one of throttling': [
    { attempts: { ...pausing, ...last('throttled') }, remainingMs: 5000 },
    ends({ code: 'AuthorizationThrottled', detail: seen, nextInMs: 10_000 }),
  ],
}

const granted: Answer = { kind: 'granted' }
const refused: Answer = { kind: 'refused', status: 403, detail: 'HTTP 403' }
const queued: Answer = { kind: 'queued', retryAfterMs: 10_000 }
const throttled: Answer = { kind: 'throttled' }
const failed: Answer = { kind: 'unavailable', detail: 'HTTP 500' }
const one: Attempts = { ...all, owedMs: refillMs }

const afterCalls: Readonly<Record<string, readonly [Answer, Partial<Situation>, AfterCall | ReturnType<typeof ends>]>> =
  {
    'granted is granted': [granted, {}, ends({ code: 'AuthorizationGranted' })],
    'also where it was before': [granted, { grantStands: true }, ends({ code: 'AuthorizationGranted' })],
    'refused is refused': [refused, {}, ends({ code: 'AuthorizationRefused', detail: 'HTTP 403' })],
    'also where it was granted before': [
      refused,
      { grantStands: true },
      ends({ code: 'AuthorizationRefused', detail: 'HTTP 403' }),
    ],
    'also where the policy says proceed': [
      refused,
      { settings: proceed },
      ends({ code: 'AuthorizationRefused', detail: 'HTTP 403' }),
    ],
    'an outage leaves a recorded grant': [
      failed,
      { grantStands: true, attempts: { ...one, ...last('unavailable') } },
      ends({ code: 'AuthorizationStands', detail: 'D' }),
    ],
    'so does throttling': [
      throttled,
      { grantStands: true, attempts: { ...one, ...last('throttled') } },
      ends({ code: 'AuthorizationStands', detail: 'D' }),
    ],
    'so does a queue': [
      queued,
      { grantStands: true, attempts: { ...pausing, ...last('queued') } },
      ends({ code: 'AuthorizationStands', detail: 'D' }),
    ],
    'queued: again after the pause': [queued, { attempts: pausing }, { do: 'again', afterMs: 10_000 }],
    'with jitter': [queued, { attempts: pausing, random: 1 }, { do: 'again', afterMs: 12_500 }],
    'however often': [queued, { attempts: pausing, retried: true }, { do: 'again', afterMs: 10_000 }],
    'but not beyond the start': [
      queued,
      { attempts: pausing, remainingMs: 10_000 },
      ends({
        code: 'AuthorizationQueued',
        detail: 'HTTP 202, and this start has no time left to ask again',
        nextInMs: 10_000,
      }),
    ],
    'throttled: not again in this start': [
      throttled,
      { attempts: one },
      ends({ code: 'AuthorizationThrottled', detail: 'HTTP 429', nextInMs: 0 }),
    ],
    'nor does the policy let it pass': [
      throttled,
      { attempts: none, settings: proceed },
      ends({ code: 'AuthorizationThrottled', detail: 'HTTP 429', nextInMs: refillMs }),
    ],
    'unavailable: again, soon': [failed, { attempts: one }, { do: 'again', afterMs: retryPauseMs.least }],
    'but not all at once': [failed, { attempts: one, random: 1 }, { do: 'again', afterMs: retryPauseMs.most }],
    once: [
      failed,
      { attempts: one, retried: true },
      ends({ code: 'AuthorizationUnavailable', detail: 'HTTP 500, also when asked again', nextInMs: 0 }),
    ],
    'and only with an attempt': [
      failed,
      { attempts: none },
      ends({ code: 'AuthorizationUnavailable', detail: 'HTTP 500', nextInMs: refillMs }),
    ],
    'and only with time': [
      failed,
      { attempts: one, remainingMs: retryPauseMs.least },
      ends({ code: 'AuthorizationUnavailable', detail: 'HTTP 500', nextInMs: 0 }),
    ],
    'proceed tries as hard': [
      failed,
      { attempts: one, settings: proceed },
      { do: 'again', afterMs: retryPauseMs.least },
    ],
    'before it lets the pod go on': [
      failed,
      { attempts: none, settings: proceed, retried: true },
      ends({ code: 'AuthorizationSkipped', detail: 'HTTP 500, also when asked again' }),
    ],
  }

t.test('whether a start may call', async (t) => {
  for (const [name, [about, expected]] of Object.entries(beforeCalls))
    t.strictSame(decideCall(situation(about)), expected, name)
})

t.test('what follows from an answer', async (t) => {
  for (const [name, [answer, about, expected]] of Object.entries(afterCalls))
    t.strictSame(decideNext(answer, situation(about)), expected, name)
})
