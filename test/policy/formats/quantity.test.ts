import fc from 'fast-check'
import t from 'tap'
import { formatQuantity, quantity } from '../../../policy/formats/quantity.ts'
import { checkFormat } from './check-format.ts'

const one = 10n ** 9n

t.test('a quantity is read in billionths', async (t) => {
  checkFormat(t, quantity, {
    '10m': one / 100n,
    '0.5': one / 2n,
    '.5': one / 2n,
    '2': 2n * one,
    '2.': 2n * one,
    '+2': 2n * one,
    '100n': 100n,
    '1u': 1_000n,
    '0.1n': 1n,
    '0': 0n,
    '1k': 10n ** 3n * one,
    '1e9': 10n ** 9n * one,
    '1E+9': 10n ** 9n * one,
    '15e-1': (3n * one) / 2n,
    '1E': 10n ** 18n * one,
    '1P': 10n ** 15n * one,
    '64Mi': 64n * 2n ** 20n * one,
    '1.5Gi': 3n * 2n ** 29n * one,
    '1Pi': 2n ** 50n * one,
    '1Ei': 2n ** 60n * one,
    '9Ei': (2n ** 63n - 1n) * one,
    '1e-999999999999': 1n,
    '0e999999999999': 0n,
    '': undefined,
    '.': undefined,
    Mi: undefined,
    e3: undefined,
    '1e': undefined,
    '1K': undefined,
    '64MiB': undefined,
    '1,5': undefined,
    '-1': undefined,
    ' 1': undefined,
  })
})

/** The same amount in two spellings; Go's own parser was asked about thousands of texts by hand, and agrees. */
const alike = fc
  .nat({ max: 10 ** 6 })
  .chain((number) =>
    fc.constantFrom(
      [`${number}`, `${number}000m`],
      [`${number}`, `${number}e0`],
      [`${number}k`, `${number}e3`],
      [`${number}M`, `${number}E6`],
      [`${number}G`, `${number}000000000`],
      [`${number}G`, `+${number}.0e+9`],
      [`${number}T`, `${number}000G`],
      [`${number}P`, `${number}e15`],
      [`${number}E`, `${number}000P`],
      [`${number}m`, `${number}e-3`],
      [`${number}m`, `${number}000u`],
      [`${number}u`, `${number}000n`],
      [`${number}Mi`, `${number * 2 ** 10}Ki`],
      [`${number}Ki`, `${number * 2 ** 10}`],
      [`${number}.5Gi`, `${number * 2 ** 10 + 2 ** 9}Mi`],
      [`${number}Ti`, `${number * 2 ** 10}Gi`],
      [`0.${String(number).padStart(7, '0')}`, `${number}00n`],
    ),
  )

t.test('spellings of one amount are one amount', async () => {
  fc.assert(
    fc.property(alike, ([one = '', other = '']) => {
      const amount = quantity.parse(one)
      return amount !== undefined && amount === quantity.parse(other)
    }),
    { numRuns: 2_000 },
  )
})

t.test('a formatted quantity is read back as the same', async () => {
  const amount = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 63n }),
    fc.bigInt({ min: 0n, max: 2n ** 20n }).map((mebibytes) => mebibytes * 2n ** 20n * one),
  )
  fc.assert(fc.property(amount, (nano) => quantity.parse(formatQuantity(nano)) === nano))
})

t.test('a quantity is formatted shortly', async (t) => {
  const amounts = [0n, (51n * one) / 100n, 2n * one, 64n * 2n ** 20n * one, 2n ** 31n * one, 10n ** 15n * one]
  t.strictSame(amounts.map(formatQuantity), ['0', '510m', '2', '64Mi', '2Gi', '1P'])
})
