import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuthority, issueLeaf } from '../serving/certificates/issue.ts'
import { lastLine } from '../test/last-line.ts'
import { type Figure, figure } from './figure.ts'
import type { Ground } from './ground.ts'
import { readPssMb } from './memory.ts'
import { spreadOf } from './spread.ts'
import { cpuMsPerReview, load } from './webhook/load.ts'
import { type Peer, type Place, startGo, startGreenroom, startPepr } from './webhook/peer.ts'
import { samples } from './webhook/reviews.ts'
import { holdAgainst } from './webhook/same-patch.ts'

type Bench = Pick<Ground, 'samples' | 'say'>

const run = promisify(execFile)

/** Enough for each server that a tick of the kernel's is less than a hundredth; pepr takes ten times as long for one. */
const reviewsEach = 4_000
const reviewsOfPepr = 600

/** How long a rate is held for the latency of its slowest hundredth. */
const rateSeconds = 3

/** Where memory is read, and how often around it: what it is at one moment depends on the garbage collector. */
const memoryAt = [50_000, 100_000] as const
const memoryReadings = 10
const memoryStep = 500

/** The webhook as a process, as its image runs it, beside servers that make the same pods; no cluster. */
export async function measureWebhook(bench: Bench): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-bench-'))
  execFileSync(process.execPath, [join(import.meta.dirname, '../image/bundle.ts')])
  const built = lastLine(execFileSync(join(import.meta.dirname, 'webhook/build'), { encoding: 'utf8' }))
  const place = { folder, built }
  const running: Peer[] = []
  try {
    const ca = await writeFiles(folder)
    const started = async (peer: Promise<Peer>) => {
      running.push(await peer)
      return peer
    }
    const greenroom = await started(startGreenroom(place))
    const go = await started(startGo(place))
    const pepr = await started(startPepr(place, ca))
    // Again, for then the template is known.
    for (const _ of ['first', 'known']) await holdAgainst(greenroom, [go, pepr], { ca, samples: samples() })
    return [
      // First, for its reviews warm the server up.
      await memory(bench, place, greenroom),
      ...(await cpu(bench, place, { greenroom, go, pepr })),
      await latency(bench, place, { greenroom, go }),
      await parse(bench),
    ]
  } finally {
    for (const peer of running) peer.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Certificates and the samples' bodies; the authority's certificate. */
async function writeFiles(folder: string): Promise<string> {
  const authority = await createAuthority('bench', new Date())
  const { cert, key } = await issueLeaf(authority, ['localhost'], new Date())
  const bodies = samples().map(({ name, body }) => [`${name}.json`, body] as const)
  const files = [['ca.crt', authority.cert], ['tls.crt', cert], ['tls.key', key], ...bodies] as const
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  return authority.cert
}

async function memory({ say }: Bench, place: Place, greenroom: Peer): Promise<Figure> {
  const readings: number[][] = []
  let answered = 0
  for (const at of memoryAt) {
    say(`until review ${at}`)
    await load(place, greenroom, { reviews: at - answered - memoryReadings * memoryStep })
    const around: number[] = []
    for (let reading = 0; reading < memoryReadings; reading += 1) {
      await load(place, greenroom, { reviews: memoryStep })
      around.push(readPssMb([greenroom.pid]))
    }
    answered = at
    readings.push(around)
  }
  const [early = [], late = []] = readings
  return figure('webhook', 'memory_mb', late, early)
}

type Servers = Readonly<Record<'greenroom' | 'go' | 'pepr', Peer>>

async function cpu({ samples, say }: Bench, place: Place, { greenroom, go, pepr }: Servers): Promise<Figure[]> {
  const reviews = reviewsEach
  for (const peer of [go, pepr]) await cpuMsPerReview(place, peer, { reviews })
  // Twice, for the first one warms up what only unknown templates need.
  for (const _ of [1, 2]) await cpuMsPerReview(place, greenroom, { reviews, isFresh: true })
  const [ours, firsts, gos, peprs]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (let round = 1; round <= samples; round += 1) {
    ours.push(await cpuMsPerReview(place, greenroom, { reviews }))
    gos.push(await cpuMsPerReview(place, go, { reviews }))
    firsts.push(await cpuMsPerReview(place, greenroom, { reviews, isFresh: true }))
    peprs.push(await cpuMsPerReview(place, pepr, { reviews: reviewsOfPepr }))
    const first = `${firsts.at(-1)} of the first of a template`
    say(`${round} of ${samples}: ${ours.at(-1)} ms of CPU a review, ${first}, Go ${gos.at(-1)}, pepr ${peprs.at(-1)}`)
  }
  return [
    figure('webhook', 'cpu_vs_pepr', ours, peprs),
    figure('webhook', 'cpu_vs_go', ours, gos),
    figure('webhook', 'first_vs_go', firsts, gos),
  ]
}

async function latency(
  { samples, say }: Bench,
  place: Place,
  { greenroom, go }: Omit<Servers, 'pepr'>,
): Promise<Figure> {
  const tops: number[] = []
  for (let round = 0; round < 5; round += 1) {
    const { requests, seconds } = await load(place, greenroom, { reviews: reviewsEach })
    tops.push(requests / seconds)
  }
  const rate = Math.round(spreadOf(tops).median / 2)
  say(`${rate} reviews a second, half of what it can`)
  const [ours, gos]: [number[], number[]] = [[], []]
  for (let round = 1; round <= samples; round += 1) {
    ours.push((await load(place, greenroom, { reviews: rate * rateSeconds, rate })).p99Ms)
    gos.push((await load(place, go, { reviews: rate * rateSeconds, rate })).p99Ms)
    say(`${round} of ${samples}: p99 ${ours.at(-1)} ms, Go ${gos.at(-1)}`)
  }
  return figure('webhook', 'p99_ms', ours, gos)
}

async function parse({ samples, say }: Bench): Promise<Figure> {
  const [ours, parses]: [number[], number[]] = [[], []]
  for (let round = 1; round <= samples; round += 1) {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'webhook/parse.ts')])
    const measured: { readonly ours: number; readonly parse: number } = JSON.parse(stdout)
    ours.push(measured.ours)
    parses.push(measured.parse)
    say(`${round} of ${samples}: ${measured.ours} µs, JSON.parse ${measured.parse}`)
  }
  return figure('webhook', 'parse_1500', ours, parses)
}
