import { duration, type Milliseconds } from './duration.ts'
import type { Format } from './format.ts'

/** Bounds that were named; a bound left out keeps the policy's value. */
export type DrainBounds = { readonly [Name in DrainName]?: Milliseconds }

const names = ['min', 'max', 'quiet'] as const
type DrainName = (typeof names)[number]

/** Durations by name, any of them, each once: `min=5s,max=30s,quiet=2s`. */
export const drain: Format<DrainBounds> = {
  expected: 'min, max, quiet like 90s, up to 24h',
  example: 'min=5s,max=30s,quiet=2s',
  parse(text) {
    const bounds: Partial<Record<DrainName, Milliseconds>> = {}
    for (const part of text.split(',')) {
      const [key, value = '', ...more] = part.split('=')
      const name = names.find((candidate) => candidate === key?.trim())
      const ms = duration.parse(value.trim())
      if (!name || ms === undefined || more.length > 0 || bounds[name] !== undefined) return undefined
      bounds[name] = ms
    }
    return bounds
  },
}
