export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly count: number
}

/** @throws Error on an empty list: a bench that measured nothing has no figure. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) throw new Error('spreadOf: no samples')
  return { median: middleOf(sorted), min, max, count: sorted.length }
}

function middleOf(sorted: readonly number[]): number {
  const half = sorted.length / 2
  const middle = sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1)
  return middle.reduce((sum, sample) => sum + sample, 0) / middle.length
}
