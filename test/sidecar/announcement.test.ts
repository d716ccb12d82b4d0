import fc from 'fast-check'
import t from 'tap'
import { dueAnnouncements } from '../../sidecar/announcement.ts'
import { nextEffects } from '../../sidecar/next-effects.ts'
import { fold } from '../../sidecar/snapshot.ts'
import { journalLines } from './lines.ts'

const request = { method: 'PUT', url: 'http://a/' } as const
const announcer = (name: string) => ({ name, timeoutMs: 2000, online: request, offline: request })
const settings = { hold: false, announcing: { port: 8080, announcers: [announcer('consul')] } }

const stateAfter = (...words: string[]) => fold(words.map((words, index) => `${1000 + index}.000000 ${words}`))
const due = (...words: string[]) =>
  dueAnnouncements(stateAfter(...words), settings).map((effect) => Object.values(effect).join(' '))

const warm = ['started b', 'checkurl-ok b', 'hook-exited b preOnline 0', 'hook-exited b verify absent']
const online = [...warm, 'online']
const told = [...online, 'announcing online consul', 'announced online consul ok HTTP 200']
const untold = [...told, 'take-offline x', 'announcing offline consul', 'announced offline consul ok HTTP 200']

// The rows of the table above dueAnnouncements(), and what leads off.
const rows: [name: string, words: string[], expected: string[]][] = [
  ['nobody hears of a pod that is not online yet', warm, []],
  ['nor of one that never was', [...warm.slice(0, 2), 'hook-exited b preOnline 3', 'deleting', 'terminating gone'], []],
  ['the marker is there', online, ['announce online consul']],
  ['the call is under way, or was cut short', told.slice(0, -1), ['announce online consul']],
  ['it is told', told, []],
  ['it failed, with its retry: that was it', [...told.slice(0, -1), 'announced online consul failed x'], []],
  ['the pod is deleted', [...told, 'deleting'], ['announce offline consul']],
  ['its app is to stop', [...told, 'offline-stop'], ['announce offline consul']],
  ['its app died', [...told, 'exited b'], ['announce offline consul']],
  ['it was taken offline', [...told, 'take-offline x'], ['announce offline consul']],
  ['its check fails', [...told, 'unhealthy'], ['announce offline consul']],
  ['its agent is lost', [...told, 'agent-lost b'], ['announce offline consul']],
  ['it ends', [...told, 'terminating gone'], ['announce offline consul']],
  ['it has ended', [...told, 'terminating gone', 'revoked x'], ['announce offline consul']],
  ['and was told so', [...told, 'terminating gone', 'revoked x', 'announced offline consul ok x'], []],
  ['who may have heard online is told too', [...told.slice(0, -1), 'deleting'], ['announce offline consul']],
  [
    'as is who did not take it',
    [...online, 'announced online consul failed x', 'deleting'],
    ['announce offline consul'],
  ],
  ['offline is told once', untold, []],
  ['and was cut short', untold.slice(0, -1), ['announce offline consul']],
  ['or failed', [...untold.slice(0, -1), 'announced offline consul failed x'], []],
  ['back online', [...untold, 'bring-online x', 'online'], ['announce online consul']],
  ['a sidecar that starts again does not take it off', [...told, 'sidecar-started id ip'], []],
  ['nor online again', [...told, 'sidecar-started id ip', 'started b', 'online'], []],
  ['a new run is off until it is warm', [...told, 'exited b', 'started c'], ['announce offline consul']],
  [
    'a registry remembers over sandboxes',
    [...told, 'terminating gone', 'revoked x', 'authorized ip'],
    ['announce offline consul'],
  ],
  ['an announcer that the pod does not have', [...told, 'announced online other ok'], []],
]

for (const [name, words, expected] of rows) t.test(name, async (t) => t.strictSame(due(...words), expected))

const stopping = [...told, 'deleting', 'offline-stop']
const effects = (...words: string[]) => nextEffects(stateAfter(...words), settings)

t.test('the drain begins when everybody has been told, and then anew', async (t) => {
  t.match(effects(...stopping), [{ type: 'announce', what: 'offline' }])
  t.match(effects(...stopping, 'announcing offline consul'), [{ type: 'announce' }])
  const [drain, ...others] = effects(...stopping, 'announcing offline consul', 'announced offline consul failed x')
  t.match(drain, { type: 'drain', sinceMs: 1_010_000 })
  t.strictSame(others, [])
})

t.test('what else is to be done is not kept waiting', async (t) => {
  t.match(effects(...told, 'exited b', 'started c'), [{ type: 'poll-checkurl' }, { type: 'announce' }])
  t.match(effects(...told, 'terminating gone'), [{ type: 'revoke' }, { type: 'announce', what: 'offline' }])
  t.match(effects(...online), [{ type: 'rest' }, { type: 'announce', what: 'online' }])
})

t.test('whatever happens, nobody drains who is still said to be online, and only a marker is announced', async () => {
  fc.assert(
    fc.property(journalLines, (lines) => {
      const state = fold(lines)
      const all = nextEffects(state, settings)
      const last = state.told.consul
      if (all.some(({ type }) => type === 'drain') && (last?.what === 'online' || last?.how === 'telling'))
        throw new Error(JSON.stringify(state))
      for (const effect of all)
        if (
          effect.type === 'announce' &&
          effect.what === 'online' &&
          !(state.life.phase === 'online' && state.life.marker)
        )
          throw new Error(JSON.stringify(state))
      const saysOnline = last?.what === 'online' && state.life.phase !== 'online'
      if (saysOnline && !all.some((effect) => effect.type === 'announce' && effect.what === 'offline'))
        throw new Error(`off, and nobody says so: ${JSON.stringify(state)}`)
    }),
    { numRuns: 5000 },
  )
})
