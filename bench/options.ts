import { parseArgs } from 'node:util'
import { type BenchName, benchNames, isBenchName } from './claims.ts'

export interface Options {
  readonly benches: readonly BenchName[]
  readonly json: boolean
  readonly list: boolean
  readonly help: boolean
  /** How often each thing is measured; for `rest`, how many pods. */
  readonly samples: number
}

/** The figures are claimed for 20 pods at rest and for medians of at least 15. */
const defaultSamples = 20

export const usage = `usage: npm run bench -- [NAME...] [--json] [--samples N] [--list] [--help]

Measures what the README claims, on the real node of test/cluster, the webhook without one; all benches, or those that are named.
Ends with 1 where a figure misses its bound.

  --json       one JSON object a line: bench, metric, value, unit, against, ratio
  --samples N  measure each N times, N pods at rest (default ${defaultSamples}): fewer for a quick look, the claims are about ${defaultSamples}
  --list       names the benches and what they hold to
`

const options = {
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  samples: { type: 'string', default: String(defaultSamples) },
} as const

/** @throws Error with one sentence for people. */
export function parseOptions(args: readonly string[]): Options {
  // Node's own sentence goes on about positional arguments.
  const unknown = args.map((arg) => arg.replace(/=.*/s, '')).find((arg) => /^-/.test(arg) && !(arg.slice(2) in options))
  if (unknown !== undefined) throw new Error(`there is no option ${unknown}`)
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const benches = positionals.map((name) => {
    if (!isBenchName(name)) throw new Error(`there is no bench "${name}", expected ${benchNames.join(', ')}`)
    return name
  })
  const samples = Number(values.samples)
  if (!Number.isInteger(samples) || samples < 1 || samples > 50) {
    throw new Error(`--samples is "${values.samples}", expected a whole number from 1 to 50`)
  }
  return { ...values, samples, benches: benches.length > 0 ? [...new Set(benches)] : benchNames }
}
