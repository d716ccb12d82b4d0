import { type BenchName, type Claim, claims, type Metric } from './claims.ts'
import { type Spread, spreadOf } from './spread.ts'

/** What one bench measured for one metric, beside its peer where the claim names one. */
export interface Figure {
  readonly bench: string
  readonly metric: string
  readonly claim: Claim
  readonly value: Spread
  readonly against: Spread | null
  /** Median by median; null without a peer. */
  readonly ratio: number | null
}

export function figure<Bench extends BenchName>(
  bench: Bench,
  metric: Metric<Bench> & string,
  samples: readonly number[],
  peerSamples: readonly number[] | null = null,
): Figure {
  const value = spreadOf(samples)
  const against = peerSamples && spreadOf(peerSamples)
  const rows: Readonly<Record<string, Claim>> = claims[bench]
  const claim = rows[metric]
  if (!claim) throw new Error(`claims.ts has no metric ${metric} of ${bench}`)
  return { bench, metric, claim, value, against, ratio: against && value.median / against.median }
}

/** null where nothing is claimed. A ratio that could not be had is a missed one. */
export function isHeld({ claim: { bound }, value, ratio }: Figure): boolean | null {
  if (!bound) return null
  return (bound.of === 'value' ? value.median : (ratio ?? Number.NaN)) <= bound.atMost
}

/** One object a line: medians; `against` and `ratio` are null without a peer. */
export function formatJson({ bench, metric, claim, value, against, ratio }: Figure): string {
  return JSON.stringify({
    bench,
    metric,
    value: rounded(value.median),
    unit: claim.unit,
    against: against && rounded(against.median),
    ratio: ratio === null ? null : rounded(ratio),
  })
}

/** Three digits that mean something. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
