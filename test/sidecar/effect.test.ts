import fc from 'fast-check'
import t from 'tap'
import { type Effect, nextEffect } from '../../sidecar/effect.ts'
import { fold } from '../../sidecar/snapshot.ts'
import { journalLines } from './lines.ts'

function effectAfter(...words: string[]): Effect {
  return nextEffect(fold(words.map((words, index) => `${1000 + index}.000000 ${words}`)), { hold: false })
}

const warm = ['started b', 'checkurl-ok b', 'hook-exited b preOnline 0', 'hook-exited b verify absent']
const online = [...warm, 'online']
const stopping = [...online, 'deleting', 'offline-stop']

const rows: [name: string, words: string[], expected: Partial<Effect>][] = [
  ['a new pod: stay for the app', ['authorized 10.0.0.1'], { type: 'rest', lingerMs: 3000 }],
  ['an app has started: ask it', ['started b'], { type: 'poll-checkurl', boot: 'b', sinceMs: 1000000 }],
  ['it answers: warm it', ['started b', 'checkurl-ok b'], { type: 'request-hook', boot: 'b', name: 'preOnline' }],
  [
    'the hook runs: wait a little',
    ['started b', 'checkurl-ok b', 'hook-requested b preOnline'],
    { type: 'rest', lingerMs: 1000 },
  ],
  ['it is warm: verify it', warm.slice(0, 3), { type: 'request-hook', boot: 'b', name: 'verify' }],
  ['it is verified: online', warm, { type: 'go-online', boot: 'b' }],
  ['it is verified and held', [...warm, 'hold x'], { type: 'rest' }],
  ['it is released', [...warm, 'hold x', 'release x'], { type: 'go-online', boot: 'b' }],
  ['it was taken offline', [...online, 'take-offline x'], { type: 'rest' }],
  ['it is brought back', [...online, 'take-offline x', 'bring-online x'], { type: 'go-online', boot: 'b' }],
  ['its check fails', [...online, 'unhealthy'], { type: 'rest' }],
  ['its check passes again', [...online, 'unhealthy', 'healthy'], { type: 'go-online', boot: 'b' }],
  ['it passes again while the pod is deleted', [...online, 'unhealthy', 'deleting', 'healthy'], { type: 'rest' }],
  [
    'it passes again after an operator took it offline',
    [...online, 'unhealthy', 'take-offline x', 'healthy'],
    { type: 'rest' },
  ],
  ['it passes again while it is drained', [...online, 'unhealthy', 'offline-stop', 'healthy'], { type: 'drain' }],
  [
    'it passes again after a restart of the sidecar: ask the agent first',
    [...online, 'unhealthy', 'sidecar-started id ip', 'healthy'],
    { type: 'greet-agent', boot: 'b' },
  ],
  ['a reload', [...online, 'reload x'], { type: 'request-hook', name: 'reload', reason: 'operator' }],
  ['a reload that runs', [...online, 'reload x', 'hook-requested b reload'], { type: 'rest' }],
  ['a reload before it is warm waits', ['started b', 'reload x'], { type: 'poll-checkurl' }],
  ['online: at rest', online, { type: 'rest', lingerMs: 0 }],
  [
    'a sidecar that was killed asks the agent first',
    [...online, 'sidecar-started id ip'],
    { type: 'greet-agent', boot: 'b' },
  ],
  [
    'the agent answers: online again',
    [...online, 'sidecar-started id ip', 'started b'],
    { type: 'go-online', boot: 'b' },
  ],
  [
    'a deleted pod never goes online',
    ['started b', 'checkurl-ok b', 'deleting', 'hook-exited b preOnline 0'],
    { type: 'rest' },
  ],
  ['a stop without deletion', [...online, 'offline-stop'], { type: 'drain', deleting: false, sinceMs: 1005000 }],
  ['a stop of a deleted pod', stopping, { type: 'drain', deleting: true }],
  ['drained: postOffline', [...stopping, 'drained b quiet'], { type: 'request-hook', name: 'postOffline' }],
  [
    'postOffline has run: let the app stop',
    [...stopping, 'drained b quiet', 'hook-exited b postOffline 0'],
    { type: 'release-pre-stop', boot: 'b' },
  ],
  ['a stop before any start', ['offline-stop'], { type: 'release-pre-stop', boot: '-' }],
  ['the app died: is its agent lost?', [...online, 'exited b'], { type: 'look-for-agent', boot: 'b' }],
  ['the end of a pod with a grant', ['authorized ip', ...online, 'terminating gone'], { type: 'revoke', ip: 'ip' }],
  ['the end', ['authorized ip', 'terminating gone', 'revoked ip'], { type: 'rest' }],
]

for (const [name, words, expected] of rows) {
  t.test(name, async (t) => t.match(effectAfter(...words), expected))
}

t.test('the settings hold a pod back until an operator has said otherwise', async (t) => {
  const effect = (...words: string[]) =>
    nextEffect(fold(words.map((words, index) => `${1000 + index}.000000 ${words}`)), { hold: true }).type
  t.equal(effect(...warm), 'rest')
  t.equal(effect(...warm, 'release x'), 'go-online')
  t.equal(effect('release x', ...warm), 'go-online')
  t.equal(effect(...warm, 'bring-online x'), 'go-online')
})

t.test(
  'no history makes a pod go online that is being deleted, was taken offline, or whose agent was not heard',
  async () => {
    fc.assert(
      fc.property(journalLines, (lines) => {
        const state = fold(lines)
        if (nextEffect(state, { hold: false }).type !== 'go-online') return
        if (state.deleting || state.ending || !state.agentSpoke || state.switches.offline)
          throw new Error(JSON.stringify(state))
      }),
      { numRuns: 5000 },
    )
  },
)
