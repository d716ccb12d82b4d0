import type { Kind, Of, Timed } from './timeline.ts'

/**
 * What an outside observer demands of a played pod, in the order of its life. Each broken demand ends the demo with its
 * own exit code (the first one's, if several are broken); 1 and 2 are left to Node and the shell.
 */
export const demands = {
  StartedUnauthorized: {
    exitCode: 10,
    demand: 'authorized before the app was started',
    broken: 'the app was started without authorization',
  },
  MarkerMissing: {
    exitCode: 11,
    demand: 'put into traffic: the load balancer saw the marker',
    broken: 'the load balancer never saw the marker',
  },
  MarkerTooEarly: {
    exitCode: 12,
    demand: 'no traffic before the warm-up was over',
    broken: 'traffic came before the warm-up was over',
  },
  NeverReady: { exitCode: 13, demand: 'Ready for Kubernetes', broken: 'the pod was never Ready for Kubernetes' },
  StoppedInTraffic: {
    exitCode: 14,
    demand: 'out of traffic before the app got its SIGTERM',
    broken: 'the app got its SIGTERM in traffic',
  },
  NotDrained: {
    exitCode: 15,
    demand: 'time for the last requests before the last hook',
    broken: 'the last requests had no time before the last hook',
  },
  FarewellMissing: {
    exitCode: 16,
    demand: 'the last hook done before the app got its SIGTERM',
    broken: 'the app got its SIGTERM before the last hook was done',
  },
  RequestsLost: { exitCode: 17, demand: 'every request answered', broken: 'a request was not answered' },
  Killed: {
    exitCode: 18,
    demand: 'everything exited by itself, nothing had to be killed',
    broken: 'something did not exit by itself',
  },
  GrantLeft: { exitCode: 19, demand: 'no authorization left behind', broken: 'an authorization was left behind' },
} as const

export type Failure = keyof typeof demands

export interface Check {
  readonly code: Failure
  readonly held: boolean
  /** What was seen, for people. */
  readonly evidence: string
}

/** Facts about the example that the timeline is judged by. */
export interface Expectations {
  readonly podIp: string
  /** What the hook before the first request prints last. */
  readonly warmLine: string
  /** What the hook after the last request prints first and last. */
  readonly farewell: { readonly first: string; readonly last: string }
  /** The least time between the marker's end and that hook. */
  readonly drainMs: number
}

/** How late a line may reach us: it passes through the pipes of several processes, the marker and a signal through none. */
const lineLateMs = 250

/** Judges a whole life, start to end. */
export function verdict(timeline: readonly Timed[], expected: Expectations): readonly Check[] {
  return [
    authorized(timeline, expected),
    markerSeen(timeline),
    markerEarned(timeline, expected),
    ready(timeline),
    outBeforeStop(timeline),
    drained(timeline, expected),
    saidFarewell(timeline, expected),
    requestsAnswered(timeline),
    nothingKilled(timeline),
    grantsEmpty(timeline),
  ]
}

/** 0 where every demand held, else the exit code of the first that did not. */
export function exitCodeOf(checks: readonly Check[]): number {
  const broken = checks.find(({ held }) => !held)
  return broken ? demands[broken.code].exitCode : 0
}

function authorized(timeline: readonly Timed[], { podIp }: Expectations): Check {
  const start = all(timeline, 'started').find(({ role }) => role === 'app')
  const before = all(timeline, 'grants').filter(({ at }) => !start || at <= start.at)
  const held = start !== undefined && before.at(-1)?.ips.includes(podIp) === true
  const since = before.findLast(({ ips }, index) => ips.includes(podIp) && !before[index - 1]?.ips.includes(podIp))
  return check('StartedUnauthorized', held, [
    since ? `granted at ${seconds(since)}` : `no grant for ${podIp}`,
    start ? `app started at ${seconds(start)}` : 'the app was never started',
  ])
}

function markerSeen(timeline: readonly Timed[]): Check {
  const on = firstOn(timeline)
  const asked = all(timeline, 'marker').at(-1)
  return check('MarkerMissing', on !== undefined, [
    on ? `seen at ${seconds(on)}` : `never seen, the last answer was ${asked?.status ?? 'none'}`,
    on ? '' : lastWord(timeline),
  ])
}

/** What the pod itself had to say about it: after the delete it speaks of other things. */
function lastWord(timeline: readonly Timed[]): string {
  const deleted = all(timeline, 'deleted').at(0)
  const line = all(timeline, 'line').findLast(({ at }) => !deleted || at <= deleted.at)
  return line ? `the last word before the delete was "${line.text}"` : ''
}

function markerEarned(timeline: readonly Timed[], { warmLine }: Expectations): Check {
  const on = firstOn(timeline)
  if (!on) return check('MarkerTooEarly', true, ['no marker at all'])
  const warm = said(timeline, warmLine)
  const refused = all(timeline, 'marker').some(({ there, at }) => !there && at < on.at)
  return check('MarkerTooEarly', refused && warm !== undefined && warm.at <= on.at + lineLateMs, [
    warm ? `warm at ${seconds(warm)}` : `"${warmLine}" was never said`,
    `marker ${refused ? `at ${seconds(on)}` : 'there from the beginning'}`,
  ])
}

function ready(timeline: readonly Timed[]): Check {
  const seen = all(timeline, 'pod-ready').find((happening) => happening.ready)
  return check('NeverReady', seen !== undefined, [seen ? `at ${seconds(seen)}` : 'never'])
}

function outBeforeStop(timeline: readonly Timed[]): Check {
  if (!firstOn(timeline)) return check('StoppedInTraffic', true, ['was never in traffic'])
  const stop = appStop(timeline)
  const answers = all(timeline, 'marker')
  const last = answers.filter(({ at }) => !stop || at <= stop.at).at(-1)
  const off = answers.findLast(({ there }) => !there)
  return check('StoppedInTraffic', last?.there === false, [
    last?.there === false ? `marker gone at ${seconds(last)}` : `marker gone at ${off ? seconds(off) : 'no time'}`,
    stop ? `SIGTERM at ${seconds(stop)}` : 'no SIGTERM',
  ])
}

function drained(timeline: readonly Timed[], { farewell, drainMs }: Expectations): Check {
  if (!firstOn(timeline)) return check('NotDrained', true, ['was never in traffic'])
  const off = all(timeline, 'marker').findLast(({ there }) => !there)
  const hook = said(timeline, farewell.first)
  const tookMs = off && hook && hook.at - off.at
  return check('NotDrained', tookMs !== undefined && tookMs >= drainMs, [
    tookMs === undefined ? 'the hook or the end of the marker was not seen' : `${seconds({ at: tookMs })} between them`,
    `at least ${seconds({ at: drainMs })} expected`,
  ])
}

function saidFarewell(timeline: readonly Timed[], { farewell }: Expectations): Check {
  const stop = appStop(timeline)
  const line = said(timeline, farewell.last)
  return check('FarewellMissing', line !== undefined && (stop === undefined || line.at <= stop.at + lineLateMs), [
    line ? `done at ${seconds(line)}` : `"${farewell.last}" was never said`,
    stop ? `SIGTERM at ${seconds(stop)}` : 'no SIGTERM',
  ])
}

function requestsAnswered(timeline: readonly Timed[]): Check {
  const requests = all(timeline, 'request')
  const lost = requests.filter(({ status }) => status !== 200)
  return check('RequestsLost', lost.length === 0, [
    `${requests.length} sent while the marker was there`,
    lost.length === 0 ? 'none lost' : `${lost.length} lost, the first at ${lost.slice(0, 1).map(seconds)}`,
  ])
}

function nothingKilled(timeline: readonly Timed[]): Check {
  const killed = all(timeline, 'signalled').filter(({ signal }) => signal === 'SIGKILL')
  const deleted = all(timeline, 'deleted')[0]
  const gone = all(timeline, 'pod-gone')[0]
  return check('Killed', killed.length === 0 && gone !== undefined, [
    killed.length > 0 ? `SIGKILL for ${killed.map(({ container }) => container).join(', ')}` : '',
    gone && deleted ? `gone ${((gone.at - deleted.at) / 1000).toFixed(1)} s after the delete` : 'never gone',
  ])
}

function grantsEmpty(timeline: readonly Timed[]): Check {
  const last = all(timeline, 'grants').at(-1)
  return check('GrantLeft', last?.ips.length === 0, [
    last === undefined ? 'nothing known' : last.ips.length === 0 ? 'none at the end' : `left: ${last.ips.join(', ')}`,
  ])
}

function check(code: Failure, held: boolean, evidence: readonly string[]): Check {
  return { code, held, evidence: evidence.filter((part) => part !== '').join(', ') }
}

function all<K extends Kind>(timeline: readonly Timed[], kind: K): readonly Timed<Of<K>>[] {
  return timeline.filter((happening): happening is Timed<Of<K>> => happening.kind === kind)
}

function firstOn(timeline: readonly Timed[]): Timed<Of<'marker'>> | undefined {
  return all(timeline, 'marker').find(({ there }) => there)
}

function appStop(timeline: readonly Timed[]): Timed<Of<'signalled'>> | undefined {
  return all(timeline, 'signalled').find(({ role }) => role === 'app')
}

function said(timeline: readonly Timed[], words: string): Timed<Of<'line'>> | undefined {
  return all(timeline, 'line').find(({ text }) => text.includes(words))
}

function seconds({ at }: { readonly at: number }): string {
  return `${(at / 1000).toFixed(3)} s`
}
