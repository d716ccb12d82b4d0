import t from 'tap'
import { countProbe, isPassing, nextProbeAt, unprobed } from './probe-count.ts'

const flipsOf = (results: string, successThreshold: number, failureThreshold: number) => {
  let count = unprobed
  return [...results]
    .map((result) => {
      count = countProbe(count, result === '+', { successThreshold, failureThreshold })
      return count.ready ? 'R' : '.'
    })
    .join('')
}

const cases: readonly [results: string, success: number, failure: number, ready: string][] = [
  ['--+-', 1, 1, '..R.'],
  ['+--+', 1, 2, 'RR.R'],
  ['+-+-', 1, 2, 'RRRR'],
  ['++---', 2, 3, '.RRR.'],
]
for (const [results, success, failure, ready] of cases)
  t.equal(flipsOf(results, success, failure), ready, `${results} with thresholds ${success} and ${failure}`)

t.strictSame([199, 200, 399, 400, 0].map(isPassing), [false, true, true, false, false])

const ticks: readonly [name: string, started: number, ended: number, next: number][] = [
  ['a quick probe waits for its tick', 2000, 2010, 3000],
  ['one that outlasts its period is followed at once', 2000, 5400, 5400],
  ['and the next keeps the ticks again', 5400, 5410, 6000],
]
for (const [name, started, ended, next] of ticks) t.equal(nextProbeAt(1000, 1000, started, ended), next, name)
