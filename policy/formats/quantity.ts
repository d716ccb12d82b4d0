import type { Format } from './format.ts'

/** A quantity in billionths, the smallest unit that Kubernetes keeps. */
export type Nano = bigint

const one: Nano = 10n ** 9n

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/, the powers of ten by exponent. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binary: Readonly<Record<string, bigint>> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
}

/** The greatest of those with a binary suffix: what is above it is taken for it, as Kubernetes does. */
const most: Nano = (2n ** 63n - 1n) * one

/** No node is so large and no share so small: beyond it the digits need not be worked out, which would take long. */
const exponentLimit = 100

/** An amount of CPU or memory: `10m`, `0.5`, `64Mi`, `1e9`. A fraction of the smallest unit is rounded up. */
export const quantity: Format<Nano> = {
  expected: 'a quantity',
  example: '64Mi',
  parse(text) {
    const [, whole, digits = '', fraction = '', suffix = ''] =
      /^\+?((\d{0,100})(?:\.(\d{0,100}))?)([a-zA-Z]{0,2}|[eE][+-]?\d{1,18})$/.exec(text) ?? []
    if (whole === undefined || digits + fraction === '') return undefined
    const factor = factorOf(suffix)
    return factor && amountOf(BigInt(digits + fraction), factor, fraction.length)
  },
}

/** Written where there is to be no amount, not even the default one. */
export const none = 'none'

export const quantityOrNone: Format<Nano | typeof none> = {
  ...quantity,
  expected: 'a quantity or "none"',
  parse: (text) => (text === none ? none : quantity.parse(text)),
}

interface Factor {
  /** Of a binary suffix. */
  readonly size: bigint | undefined
  /** Of ten. */
  readonly exponent: number
}

function factorOf(suffix: string): Factor | undefined {
  const size = binary[suffix]
  if (size !== undefined) return { size, exponent: 0 }
  const exponent = decimal[suffix] ?? (/^[eE]./.test(suffix) ? Number(suffix.slice(1)) : Number.NaN)
  return Number.isNaN(exponent) ? undefined : { size: undefined, exponent }
}

function amountOf(digits: bigint, { size, exponent }: Factor, places: number): Nano {
  if (digits === 0n) return 0n
  if (Math.abs(exponent) > exponentLimit) return exponent > 0 ? most : 1n
  const scale = exponent - places + 9
  const scaled = digits * (size ?? 1n) * 10n ** BigInt(Math.max(scale, 0))
  const amount = dividedUp(scaled, 10n ** BigInt(Math.max(-scale, 0)))
  return size !== undefined && amount > most ? most : amount
}

const dividedUp = (amount: bigint, by: bigint) => (amount + by - 1n) / by

/** The shortest text without a fraction that `quantity` reads back as the same amount. */
export function formatQuantity(amount: Nano): string {
  const tens = Object.entries(decimal).map(([suffix, exponent]) => [suffix, 10n ** BigInt(exponent + 9)] as const)
  const twos = Object.entries(binary).map(([suffix, size]) => [suffix, size * one] as const)
  const texts = [...tens, ...twos]
    .filter(([, size]) => amount % size === 0n)
    .map(([suffix, size]) => `${amount / size}${suffix}`)
  return texts.reduce((shortest, other) => (other.length < shortest.length ? other : shortest), `${amount}n`)
}
