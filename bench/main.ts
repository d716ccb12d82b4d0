/**
 * Measures again what the README claims, on a real node: `npm run bench -- NAME --json`. Figures on stdout, progress on
 * stderr. Ends with 1 where a figure misses its bound, with 2 where it was asked wrongly.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildLxcfs } from '../test/cluster/support/lxcfs.ts'
import { type BenchName, benchNames, type Claim, claims, isLocal } from './claims.ts'
import { measureDeath } from './death.ts'
import { measureDrainStorm } from './drain-storm.ts'
import { type Figure, formatJson, isHeld } from './figure.ts'
import { type Ground, onGround } from './ground.ts'
import { measureLxcfs } from './lxcfs.ts'
import { measureOffline } from './offline.ts'
import { measureOnline } from './online.ts'
import { type Options, parseOptions, usage } from './options.ts'
import { measureProbe } from './probe.ts'
import { measureReady } from './ready.ts'
import { measureRest } from './rest.ts'
import { measureStart } from './start.ts'
import { boundSentence, formatTable } from './table.ts'
import { measureWebhook } from './webhook.ts'

const measures: Record<Exclude<BenchName, 'webhook'>, (ground: Ground) => Promise<Figure[]>> = {
  rest: measureRest,
  start: measureStart,
  death: measureDeath,
  ready: measureReady,
  online: measureOnline,
  offline: measureOffline,
  probe: measureProbe,
  'drain-storm': measureDrainStorm,
  lxcfs: measureLxcfs,
}

const options = readOptions()
if (options.help) process.stdout.write(usage)
else if (options.list) process.stdout.write(list())
else if (process.env.GREENROOM_IN_TEST_CLUSTER) process.exitCode = await run(inCluster(options))
else process.exitCode = await runAll(options)
// The watch of a namespace may linger.
process.exit()

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

/** First what needs no cluster, and would be disturbed by one. */
async function runAll({ benches, ...options }: Options): Promise<number> {
  const local = benches.filter(isLocal)
  const status = local.length > 0 ? await run({ ...options, benches: local }) : 0
  // Nothing gets out of the cluster's network.
  if (benches.includes('lxcfs')) buildLxcfs()
  return local.length === benches.length ? status : Math.max(status, runInCluster())
}

/** The same again, in the network of the test cluster, which is brought up for it where there is none. */
function runInCluster(): number {
  const withCluster = join(import.meta.dirname, '../test/cluster/with-cluster')
  const { status } = spawnSync(withCluster, [process.execPath, ...process.argv.slice(1)], { stdio: 'inherit' })
  return status ?? 1
}

function inCluster({ benches, ...options }: Options): Options {
  return { ...options, benches: benches.filter((bench) => !isLocal(bench)) }
}

function refuse(why: string): never {
  process.stderr.write(`bench: ${why.trimEnd()}\n`)
  process.exit(2)
}

async function run({ benches, samples, json }: Options): Promise<number> {
  const figures: Figure[] = []
  const groundless = { samples, say: (text: string) => process.stderr.write(`bench webhook: ${text}\n`) }
  for (const bench of benches) {
    const measured = isLocal(bench) ? await measureWebhook(groundless) : await onGround(bench, samples, measures[bench])
    figures.push(...measured)
    if (json) for (const figure of measured) process.stdout.write(`${formatJson(figure)}\n`)
  }
  if (!json) process.stdout.write(formatTable(figures))
  const missed = figures.filter((figure) => isHeld(figure) === false)
  for (const { bench, metric, claim } of missed) {
    process.stderr.write(`bench: ${bench} ${metric} misses its bound, ${boundSentence(claim)}\n`)
  }
  return missed.length > 0 ? 1 : 0
}

function list(): string {
  return benchNames
    .flatMap((bench) => {
      const rows: Readonly<Record<string, Claim>> = claims[bench]
      return Object.entries(rows).map(([metric, claim]) =>
        `${bench} ${metric}: ${claim.text}. ${boundSentence(claim)}`.trim(),
      )
    })
    .join('\n')
    .concat('\n')
}
