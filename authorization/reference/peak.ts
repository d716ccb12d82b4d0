/** The largest number of moments, in any order, within any one second: two that are a whole second apart are not. */
export function peakPerSecond(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b)
  let first = 0
  let peak = 0
  for (const [index, timeMs] of sorted.entries()) {
    while (timeMs - (sorted[first] ?? timeMs) >= 1000) first += 1
    peak = Math.max(peak, index - first + 1)
  }
  return peak
}
