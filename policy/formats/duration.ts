import type { Format } from './format.ts'

export type Milliseconds = number

const unitsMs: Readonly<Record<string, Milliseconds>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Nobody waits longer for a pod; and in seconds it fits into every field of a pod and every shell. */
const most: Milliseconds = 24 * 3_600_000

/** Go's syntax, as Kubernetes' own objects write it, for one whole number and one unit: `90s`, `5m`, `500ms`. */
export const duration: Format<Milliseconds> = {
  expected: 'a duration of at most 24h',
  example: '90s',
  pattern: '^[0-9]{1,9}(ms|s|m|h)$',
  parse(text) {
    const [, digits, unit = ''] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? []
    const unitMs = unitsMs[unit]
    const ms = unitMs === undefined ? Number.NaN : Number(digits) * unitMs
    return ms <= most ? ms : undefined
  },
}

/** A duration that is a limit: a limit of nothing would end what it bounds before it began. */
export const limit: Format<Milliseconds> = {
  expected: 'a duration above 0, at most 24h',
  example: '90s',
  pattern: '^0*[1-9][0-9]{0,8}(ms|s|m|h)$',
  parse: (text) => duration.parse(text) || undefined,
}
