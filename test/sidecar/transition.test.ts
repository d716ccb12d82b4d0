import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { nextEffect } from '../../sidecar/effect.ts'
import { parseLine } from '../../sidecar/journal-line.ts'
import { compact, fold } from '../../sidecar/snapshot.ts'
import { initialState, type State } from '../../sidecar/state.ts'
import { transition } from '../../sidecar/transition.ts'
import { journalLine, journalLines } from './lines.ts'

function after(...words: string[]): State {
  return fold(words.map((words, index) => `${1000 + index}.000000 ${words}`))
}

const toWarming = ['authorized 10.0.0.1', 'sidecar-started id 10.0.0.1', 'started b', 'checkurl-ok b']
const toVerifying = [...toWarming, 'hook-requested b preOnline', 'hook-exited b preOnline 0']
const toWarm = [...toVerifying, 'hook-requested b verify', 'hook-exited b verify absent']
const toOnline = [...toWarm, 'online']

const notExecutable =
  ': its file, or a program that it runs, is not executable (chmod +x; of a ConfigMap, defaultMode 0555)'
const notThere = ': its file, the interpreter of its #! line, or a program that it runs is not in the image'

// The rows of the table above transition().
const rows: [name: string, words: string[], expected: Partial<State>][] = [
  [
    'a grant is a new life',
    ['authorized 10.0.0.1'],
    { grantedIp: '10.0.0.1', life: { phase: 'waiting', suspect: false } },
  ],
  [
    'the agent starts a run',
    toWarming.slice(0, 3),
    { boot: 'b', agentSpoke: true, life: { phase: 'starting', sinceMs: 1002000 } },
  ],
  ['checkurl passes', toWarming, { life: { phase: 'warming', hook: 'due' } }],
  [
    'checkurl never passes',
    [...toWarming.slice(0, 3), 'checkurl-gave-up b last it answered 503'],
    { life: { phase: 'failed', reason: 'CheckurlTimeout', detail: 'last it answered 503' } },
  ],
  [
    'a debugging session is opened',
    [...toOnline, 'debug-opened alice 60'],
    { session: { who: 'alice', untilMs: 1_069_000 }, life: { phase: 'online', marker: true } },
  ],
  ['a debugging session is closed', [...toOnline, 'debug-opened alice 60', 'debug-closed asked'], { session: null }],
  ['a debugging session ends with its run', [...toOnline, 'debug-opened alice 60', 'exited b'], { session: null }],
  [
    'the agent is back in a session',
    [...toOnline, 'debug-opened a 9', 'started b'],
    { session: { who: 'a', untilMs: 1_018_000 } },
  ],
  [
    'a container that was stopped before it had begun is waited for again',
    ['authorized 10.0.0.1', 'offline-stop', 'released -'],
    { boot: null, life: { phase: 'waiting', suspect: false } },
  ],
  [
    'a preStart that fails is told of a container that is being stopped',
    ['authorized 10.0.0.1', 'offline-stop', 'pre-start-exited 3'],
    { life: { phase: 'failed', reason: 'PreStartFailed', detail: 'preStart exited with 3' } },
  ],
  ['preOnline is asked for', toVerifying.slice(0, 5), { life: { phase: 'warming', hook: 'requested' } }],
  [
    'what a process that died has asked for is asked for again',
    [...toWarming, 'hook-requested b preOnline', 'decider-exited 137'],
    { life: { phase: 'warming', hook: 'due' } },
  ],
  ['preOnline succeeds', toVerifying, { life: { phase: 'verifying', hook: 'due' } }],
  [
    'there is no preOnline',
    [...toWarming, 'hook-exited b preOnline absent'],
    { life: { phase: 'verifying', hook: 'due' } },
  ],
  ['verify is asked for', toWarm.slice(0, 7), { life: { phase: 'verifying', hook: 'requested' } }],
  ['there is no verify', toWarm, { wasOnline: false, life: { phase: 'online', marker: false } }],
  [
    'verify succeeds',
    [...toVerifying, 'hook-exited b verify 0'],
    { wasOnline: false, life: { phase: 'online', marker: false } },
  ],
  [
    'verify fails',
    [...toVerifying, 'hook-exited b verify 4'],
    { life: { phase: 'failed', reason: 'VerifyFailed', detail: 'verify exited with 4' } },
  ],
  [
    'verify hangs',
    [...toVerifying, 'hook-exited b verify timeout'],
    { life: { phase: 'failed', reason: 'VerifyTimeout', detail: 'verify was killed at its limit' } },
  ],
  [
    'a sidecar restarts while verify runs: it is asked for again',
    [...toWarm.slice(0, 7), 'sidecar-started id 10.0.0.1'],
    { agentSpoke: false, life: { phase: 'verifying', hook: 'due' } },
  ],
  ['an app that fails its check is isolated', [...toOnline, 'unhealthy'], { life: { phase: 'isolated' } }],
  [
    'and comes back without preOnline',
    [...toOnline, 'unhealthy', 'healthy'],
    { wasOnline: true, life: { phase: 'online', marker: false } },
  ],
  [
    'an app that is not online cannot be isolated',
    [...toWarm, 'exited b', 'unhealthy'],
    { life: { phase: 'waiting', suspect: true } },
  ],
  [
    'a sidecar that restarts while the app is isolated finds it isolated',
    [...toOnline, 'unhealthy', 'sidecar-started id 10.0.0.1', 'started b'],
    { agentSpoke: true, wasOnline: true, life: { phase: 'isolated' } },
  ],
  [
    'an app that is about to go online, and fails its check, is isolated',
    [...toWarm, 'unhealthy'],
    { wasOnline: false, life: { phase: 'isolated' } },
  ],
  [
    'a check changes nothing before that',
    [...toWarming, 'unhealthy', 'healthy'],
    { life: { phase: 'warming', hook: 'due' } },
  ],
  [
    'an isolated app that is told to stop is drained',
    [...toOnline, 'unhealthy', 'deleting', 'offline-stop', 'healthy'],
    { life: { phase: 'draining', sinceMs: 1011000, hook: 'not-yet' } },
  ],
  ['an isolated app dies', [...toOnline, 'unhealthy', 'exited b'], { life: { phase: 'waiting', suspect: true } }],
  [
    'an isolated app whose agent does not answer has lost it',
    [...toOnline, 'unhealthy', 'reload x', 'agent-lost b'],
    { life: { phase: 'failed', reason: 'AgentLost', detail: 'no agent answers for the app container' } },
  ],
  [
    'a pod that is held goes on',
    [...toOnline, 'hold x'],
    { switches: { hold: true, offline: false }, life: { phase: 'online', marker: true } },
  ],
  [
    'a release is for good',
    ['release x', ...toOnline, 'exited b', 'started c'],
    { switches: { hold: false, offline: false } },
  ],
  [
    'a pod that is taken offline has no marker',
    [...toOnline, 'take-offline x'],
    { wasOnline: true, switches: { hold: null, offline: true }, life: { phase: 'online', marker: false } },
  ],
  [
    'switches outlive a new sandbox',
    [
      ...toOnline,
      'take-offline x',
      'terminating gone',
      'revoked x',
      'sidecar-started id 10.0.0.2',
      'authorized 10.0.0.2',
    ],
    { switches: { hold: null, offline: true }, life: { phase: 'waiting', suspect: false } },
  ],
  [
    'bring-online undoes both',
    [...toWarm, 'hold x', 'take-offline x', 'bring-online x'],
    { switches: { hold: false, offline: false }, life: { phase: 'online', marker: false } },
  ],
  [
    'bring-online tries again what failed',
    [...toWarming, 'hook-exited b preOnline 3', 'bring-online x'],
    { life: { phase: 'starting', sinceMs: 1005000 } },
  ],
  [
    'bring-online does not mend an agent that is lost',
    [...toOnline, 'agent-lost b', 'bring-online x'],
    { life: { phase: 'failed', reason: 'AgentLost', detail: 'no agent answers for the app container' } },
  ],
  ['a reload is due', [...toOnline, 'reload x'], { reload: 'due', life: { phase: 'online', marker: true } }],
  ['it is asked for', [...toOnline, 'reload x', 'hook-requested b reload'], { reload: 'requested' }],
  [
    'once more while it runs',
    [...toOnline, 'reload x', 'hook-requested b reload', 'reload y', 'reload z'],
    { reload: 'again' },
  ],
  [
    'then it is due again',
    [...toOnline, 'reload x', 'hook-requested b reload', 'reload y', 'hook-exited b reload 1'],
    { reload: 'due', life: { phase: 'online', marker: true } },
  ],
  ['and done', [...toOnline, 'reload x', 'hook-requested b reload', 'hook-exited b reload 0'], { reload: null }],
  ['a new run has read everything anew', [...toOnline, 'reload x', 'exited b'], { reload: null }],
  [
    'preStart fails after the agent has spoken',
    [...toWarming.slice(0, 3), 'pre-start-exited 3', 'exited b'],
    { life: { phase: 'failed', reason: 'PreStartFailed', detail: 'preStart exited with 3' } },
  ],
  [
    'preStart hangs before anybody has spoken',
    ['pre-start-exited timeout'],
    {
      boot: null,
      life: { phase: 'failed', reason: 'PreStartTimeout', detail: 'preStart was ended at its time limit' },
    },
  ],
  ['the next run tries again', ['pre-start-exited 3', 'started b'], { life: { phase: 'starting', sinceMs: 1001000 } }],
  [
    'an app that is online cannot say that it was not started',
    [...toOnline, 'pre-start-exited 3'],
    { life: { phase: 'online', marker: true } },
  ],
  [
    'preOnline fails',
    [...toWarming, 'hook-exited b preOnline 3'],
    { life: { phase: 'failed', reason: 'PreOnlineFailed', detail: 'preOnline exited with 3' } },
  ],
  [
    'preOnline cannot be executed',
    [...toWarming, 'hook-exited b preOnline 126'],
    { life: { phase: 'failed', reason: 'PreOnlineFailed', detail: `preOnline exited with 126${notExecutable}` } },
  ],
  [
    'preOnline is not there',
    [...toWarming, 'hook-exited b preOnline 127'],
    { life: { phase: 'failed', reason: 'PreOnlineFailed', detail: `preOnline exited with 127${notThere}` } },
  ],
  [
    'preOnline hangs',
    [...toWarming, 'hook-exited b preOnline timeout'],
    { life: { phase: 'failed', reason: 'PreOnlineTimeout', detail: 'preOnline was killed at its limit' } },
  ],
  ['the marker is there', toOnline, { wasOnline: true, life: { phase: 'online', marker: true } }],
  [
    'a hook of another run counts for nothing',
    [...toWarming, 'hook-exited a preOnline 0'],
    { life: { phase: 'warming', hook: 'due' } },
  ],
  [
    'a checkurl of another run counts for nothing',
    ['started b', 'checkurl-ok a'],
    { life: { phase: 'starting', sinceMs: 1000000 } },
  ],
  ['the app dies', [...toOnline, 'exited b'], { wasOnline: false, life: { phase: 'waiting', suspect: true } }],
  ['another run dies', [...toOnline, 'exited a'], { life: { phase: 'online', marker: true } }],
  ['the app is really gone', [...toOnline, 'exited b', 'app-gone b'], { life: { phase: 'waiting', suspect: false } }],
  [
    'the app lives on without agent',
    [...toOnline, 'exited b', 'agent-lost b'],
    { life: { phase: 'failed', reason: 'AgentLost', detail: 'no agent answers for the app container' } },
  ],
  [
    'a new run begins anew',
    [...toOnline, 'started c'],
    { boot: 'c', wasOnline: false, life: { phase: 'starting', sinceMs: 1009000 } },
  ],
  ['the agent is back', [...toOnline, 'started b'], { boot: 'b', life: { phase: 'online', marker: true } }],
  [
    'the agent is back while its hook runs',
    [...toOnline.slice(0, 5), 'started b'],
    { life: { phase: 'warming', hook: 'due' } },
  ],
  [
    'the sidecar restarts',
    [...toOnline, 'sidecar-started id 10.0.0.1'],
    { agentSpoke: false, wasOnline: true, life: { phase: 'online', marker: false } },
  ],
  [
    'the sidecar is restarted by SIGTERM',
    [...toOnline, 'terminating alive'],
    { ending: false, grantedIp: '10.0.0.1', life: { phase: 'online', marker: false } },
  ],
  ['the pod is deleted', [...toOnline, 'deleting'], { deleting: true, life: { phase: 'online', marker: false } }],
  [
    'the app is told to stop',
    [...toOnline, 'deleting', 'offline-stop'],
    { life: { phase: 'draining', sinceMs: 1010000, hook: 'not-yet' } },
  ],
  [
    'an app without traffic is told to stop',
    [...toWarming, 'deleting', 'offline-stop'],
    { life: { phase: 'offline', released: false } },
  ],
  [
    'the drain is over',
    [...toOnline, 'deleting', 'offline-stop', 'drained b quiet'],
    { life: { phase: 'draining', sinceMs: 1010000, hook: 'due' } },
  ],
  [
    'postOffline has run, however',
    [...toOnline, 'deleting', 'offline-stop', 'drained b quiet', 'hook-exited b postOffline 3'],
    { life: { phase: 'offline', released: false } },
  ],
  [
    'the preStop may return',
    [...toOnline, 'offline-stop', 'drained b x', 'hook-exited b postOffline 0', 'released b'],
    { life: { phase: 'offline', released: true } },
  ],
  [
    'a decider that failed may have noted the release and not done it',
    [...toWarming, 'deleting', 'offline-stop', 'released b', 'decider-exited 137'],
    { life: { phase: 'offline', released: false } },
  ],
  [
    'so may one that died with its sidecar',
    [...toWarming, 'deleting', 'offline-stop', 'released b', 'sidecar-started id 10.0.0.1'],
    { life: { phase: 'offline', released: false } },
  ],
  [
    'a decider that failed changes nothing else',
    [...toOnline, 'decider-exited 137'],
    { life: { phase: 'online', marker: true } },
  ],
  [
    'the pod ends with a grant',
    [...toOnline, 'deleting', 'exited b', 'terminating gone'],
    { ending: true, grantedIp: '10.0.0.1' },
  ],
  [
    'a sidecar that is restarted alone takes nothing back, although its preStop has run',
    [...toOnline, 'deleting', 'terminating alive'],
    { ending: false, stopping: true, life: { phase: 'online', marker: false } },
  ],
  [
    'its next start finds the pod as it was',
    [...toOnline, 'deleting', 'terminating alive', 'sidecar-started id 10.0.0.1', 'started b'],
    {
      deleting: false,
      stopping: false,
      agentSpoke: true,
      grantedIp: '10.0.0.1',
      life: { phase: 'online', marker: false },
    },
  ],
  [
    'an app that goes right after ends the pod',
    [...toOnline, 'terminating alive', 'exited b'],
    { ending: true, life: { phase: 'waiting', suspect: true } },
  ],
  [
    'so does one that is told to stop',
    [...toOnline, 'deleting', 'terminating alive', 'offline-stop'],
    { ending: true },
  ],
  [
    'a grace period that is over ends the pod',
    [...toOnline, 'deleting', 'offline-stop', 'terminating alive'],
    { ending: true },
  ],
  [
    'the grant is revoked',
    [...toOnline, 'deleting', 'exited b', 'terminating gone', 'revoked 10.0.0.1'],
    { grantedIp: null, life: { phase: 'terminated' } },
  ],
  [
    'the grant could not be revoked',
    [...toOnline, 'terminating gone', 'revoke-failed HTTP 500'],
    { grantedIp: '10.0.0.1', life: { phase: 'terminated' } },
  ],
  [
    'the pod ends without a known grant',
    ['started b', 'exited b', 'terminating gone'],
    { grantedIp: null, ending: true },
  ],
  [
    'nothing moves after the end',
    ['terminating gone', 'revoked x', 'started b', 'checkurl-ok b'],
    { boot: null, life: { phase: 'terminated' } },
  ],
  [
    'what an announcer is being told, and was',
    [...toOnline, 'announcing online consul', 'announcing online eureka', 'announced online eureka failed HTTP 500'],
    {
      told: { consul: { what: 'online', how: 'telling' }, eureka: { what: 'online', how: 'failed' } },
      life: { phase: 'online', marker: true },
    },
  ],
  [
    'the drain is counted from when the last announcer was told',
    [...toOnline, 'offline-stop', 'announcing offline consul', 'announced offline consul ok HTTP 200'],
    { life: { phase: 'draining', sinceMs: 1_011_000, hook: 'not-yet' } },
  ],
  [
    'but not once it is over',
    [...toOnline, 'offline-stop', 'drained b quiet', 'announced offline consul ok HTTP 200'],
    { life: { phase: 'draining', sinceMs: 1_009_000, hook: 'due' } },
  ],
  [
    'a registry hears of the end, too',
    ['terminating gone', 'revoked x', 'announced offline consul ok HTTP 200'],
    { told: { consul: { what: 'offline', how: 'ok' } }, life: { phase: 'terminated' } },
  ],
  [
    'a new sandbox begins a new life',
    [...toOnline, 'deleting', 'terminating gone', 'revoked x', 'sidecar-started id 10.0.0.2', 'authorized 10.0.0.2'],
    { deleting: false, boot: null, grantedIp: '10.0.0.2', life: { phase: 'waiting', suspect: false } },
  ],
  [
    'a grant that comes after the end is taken back as well',
    ['sidecar-started id 10.0.0.1', 'deleting', 'terminating gone', 'revoked x', 'authorized 10.0.0.1'],
    { ending: true, grantedIp: '10.0.0.1', life: { phase: 'waiting', suspect: false } },
  ],
  [
    'a new sandbox without authorization, too',
    ['deleting', 'terminating gone', 'sidecar-started id 10.0.0.2'],
    { life: { phase: 'waiting', suspect: false } },
  ],
]

for (const [name, words, expected] of rows) {
  t.test(name, async (t) => t.match(after(...words), expected))
}

t.test('a marker means that preOnline of this very run succeeded, and nothing took it away since', async () => {
  fc.assert(
    fc.property(journalLines, (lines) => {
      const { boot, life } = fold(lines)
      if (life.phase !== 'online' || !life.marker) return
      const words = lines.map((line) => line.replace(/^\S+ /, ''))
      const passed = (name: string) =>
        words.findLastIndex(
          (word) => word === `hook-exited ${boot} ${name} 0` || word === `hook-exited ${boot} ${name} absent`,
        )
      const success = Math.min(passed('preOnline'), passed('verify'))
      const online = words.lastIndexOf('online')
      const off = words.findLastIndex(
        (word) =>
          /^(deleting|offline-stop|terminating|sidecar-started|authorized|take-offline|unhealthy)/.test(word) ||
          word === `exited ${boot}`,
      )
      if (success < 0 || online < success || off > online) throw new Error(`marker after ${words.join(', ')}`)
    }),
    { numRuns: 5000 },
  )
})

t.test('every grant is held still, or was taken back after it', async () => {
  fc.assert(
    fc.property(journalLines, (lines) => {
      const { grantedIp } = fold(lines)
      const words = lines.map((line) => line.replace(/^\S+ /, ''))
      const granted = words.lastIndexOf('authorized 10.0.0.1')
      const revoked = words.lastIndexOf('revoked 10.0.0.1')
      if (granted >= 0 && grantedIp === null && revoked < granted) throw new Error(`no grant after ${words.join(', ')}`)
    }),
    { numRuns: 5000 },
  )
})

t.test('what is granted while the pod ends is taken back next', async () => {
  fc.assert(
    fc.property(journalLines, (lines) => {
      const ends = fold([...lines, '2000.000000 terminating gone', '2000.100000 revoked x'])
      const late = transition(ends, { at: 2_000_200, type: 'authorized', ip: '10.0.0.1' })
      deepStrictEqual(nextEffect(late, { hold: false }), { type: 'revoke', ip: '10.0.0.1' })
    }),
    { numRuns: 500 },
  )
})

t.test('an app that is isolated stays so until its check passes, or its run ends', async () => {
  fc.assert(
    fc.property(journalLines, fc.array(journalLine, { maxLength: 20 }), (before, since) => {
      const isolated = fold([...before, '2000.000000 unhealthy'])
      if (isolated.life.phase !== 'isolated') return
      const words = since.map((word) => word.replace(/ .*/, ''))
      if (words.includes('healthy')) return
      const later = fold([...before, '2000.000000 unhealthy', ...since.map((word) => `2001.000000 ${word}`)])
      if (later.life.phase === 'online' && later.boot === isolated.boot && !words.some((word) => begins.includes(word)))
        throw new Error(`online after ${since.join(', ')}`)
    }),
    { numRuns: 5000 },
  )
})

/** What begins a run anew. */
const begins = ['started', 'exited', 'authorized', 'terminating', 'revoked', 'revoke-failed', 'bring-online']

t.test('a journal may be cut and replayed, or compacted, anywhere: the state is the same', async () => {
  fc.assert(
    fc.property(journalLines, fc.nat(), (lines, at) => {
      const cut = at % (lines.length + 1)
      const head = compact(lines.slice(0, cut)) ?? lines.slice(0, cut)
      deepStrictEqual(fold([...head, ...lines.slice(cut)]), fold(lines))
    }),
    { numRuns: 500 },
  )
})

t.test('a journal that an app floods is folded whole', async (t) => {
  const lines = [
    'greenroom-journal 1',
    '1000.000000 started b',
    ...Array.from({ length: 600 }, () => '1001.000000 started b'),
  ]
  const shorter = compact(lines)
  t.equal(shorter?.length, 2)
  t.same(fold(shorter ?? []), fold(lines))
})

t.test('events that are no events change nothing', async (t) => {
  t.equal(parseLine('greenroom-journal 1'), null)
  t.equal(parseLine(''), null)
  t.equal(parseLine('1000.000000 hook-exited b'), null)
  t.equal(parseLine('1000.000000 snapshot boot=b {"half":'), null)
  t.same(transition(initialState, { at: 0, type: 'online' }), initialState)
})
