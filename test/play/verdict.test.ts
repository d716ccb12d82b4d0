import t from 'tap'
import type { Happening, Timed } from './timeline.ts'
import { demands, exitCodeOf, type Failure, verdict } from './verdict.ts'

const expectations = { podIp: '10.0.0.1', warmLine: 'warm', farewell: { first: 'bye', last: 'gone' }, drainMs: 1000 }

/** A life as it should be, a happening every 600 ms. */
const life = {
  nobody: { kind: 'grants', ips: [] },
  granted: { kind: 'grants', ips: ['10.0.0.9', '10.0.0.1'] },
  started: { kind: 'started', container: 'app', role: 'app', command: '' },
  noMarker: { kind: 'marker', path: '/m', there: false, status: 404 },
  warm: { kind: 'line', container: 'sidecar', text: 'all is warm' },
  marker: { kind: 'marker', path: '/m', there: true, status: 200 },
  ready: { kind: 'pod-ready', ready: true },
  request: { kind: 'request', status: 200, body: '' },
  deleted: { kind: 'deleted', graceSeconds: 30 },
  markerGone: { kind: 'marker', path: '/m', there: false, status: 404 },
  quiet: { kind: 'line', container: 'app', text: 'nothing to do' },
  bye: { kind: 'line', container: 'sidecar', text: '[x] bye' },
  gone: { kind: 'line', container: 'sidecar', text: '[x] gone' },
  sigterm: { kind: 'signalled', container: 'app', role: 'app', signal: 'SIGTERM' },
  revoked: { kind: 'grants', ips: [] },
  podGone: { kind: 'pod-gone' },
} as const satisfies Record<string, Happening>

type Moment = keyof typeof life
const moments: readonly Moment[] = [
  'nobody',
  'granted',
  'started',
  'noMarker',
  'warm',
  'marker',
  'ready',
  'request',
  'deleted',
  'markerGone',
  'quiet',
  'bye',
  'gone',
  'sigterm',
  'revoked',
  'podGone',
]

const without = (...left: readonly Moment[]) => moments.filter((moment) => !left.includes(moment))
const moved = (moment: Moment, before: Moment) =>
  without(moment).flatMap((other) => (other === before ? [moment, other] : other))
const timed = (order: readonly (Moment | Happening)[]): readonly Timed[] =>
  order.map((item, index) => ({ ...(typeof item === 'string' ? life[item] : item), at: index * 600 }))

const broken = (order: readonly (Moment | Happening)[]): readonly Failure[] =>
  verdict(timed(order), expectations)
    .filter(({ held }) => !held)
    .map(({ code }) => code)

const lost: Happening = { kind: 'request', status: 0, body: '' }
const killed: Happening = { kind: 'signalled', container: 'app', role: 'app', signal: 'SIGKILL' }

const cases: readonly [name: string, order: readonly (Moment | Happening)[], broken: readonly Failure[]][] = [
  ['a life as it should be', moments, []],
  ['never authorized', without('granted'), ['StartedUnauthorized']],
  ['authorized after the start', moved('granted', 'noMarker'), ['StartedUnauthorized']],
  ['authorization taken back before the start', moved('revoked', 'started'), ['StartedUnauthorized']],
  ['never started', without('started'), ['StartedUnauthorized']],
  ['never in traffic', without('marker', 'request'), ['MarkerMissing']],
  ['in traffic before the warm-up was over', moved('marker', 'warm'), ['MarkerTooEarly']],
  ['in traffic without a warm-up', without('warm'), ['MarkerTooEarly']],
  ['the marker there from the first look', without('noMarker'), ['MarkerTooEarly']],
  ['never Ready', without('ready'), ['NeverReady']],
  ['SIGTERM in traffic', moved('sigterm', 'markerGone'), ['StoppedInTraffic', 'FarewellMissing']],
  ['the marker never goes', without('markerGone'), ['StoppedInTraffic']],
  ['no drain', without('quiet'), ['NotDrained']],
  ['no farewell', without('bye', 'gone'), ['NotDrained', 'FarewellMissing']],
  ['SIGTERM into the farewell', moved('sigterm', 'gone'), ['FarewellMissing']],
  ['a request lost', [...moments.slice(0, 8), lost, ...moments.slice(8)], ['RequestsLost']],
  ['killed', [...moments.slice(0, 14), killed, ...moments.slice(14)], ['Killed']],
  ['never gone', without('podGone'), ['Killed']],
  ['an authorization left', without('revoked'), ['GrantLeft']],
]
for (const [name, order, expected] of cases) t.strictSame(broken(order), expected, name)

const spoken: readonly Happening[] = [
  { kind: 'line', container: 'sidecar', text: 'failed, and why' },
  { kind: 'deleted', graceSeconds: 30 },
  { kind: 'line', container: 'sidecar', text: 'revoked' },
]
const unseen = verdict(timed(['nobody', 'granted', 'started', 'noMarker', ...spoken]), expectations)
t.match(
  unseen.find(({ code }) => code === 'MarkerMissing')?.evidence,
  'never seen, the last answer was 404, the last word before the delete was "failed, and why"',
)

const codes = Object.values(demands).map(({ exitCode }) => exitCode)
t.equal(new Set(codes).size, codes.length, 'every demand has its own exit code')
t.equal(exitCodeOf(verdict(timed(moments), expectations)), 0)
t.equal(exitCodeOf(verdict(timed(without('ready', 'granted')), expectations)), 10, 'the first broken one decides')
t.equal(verdict([], expectations).length, codes.length, 'nothing seen at all is judged too')
