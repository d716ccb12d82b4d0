import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { choice } from '../policy/formats/choice.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'

/** A flag: the name of its value, its default, its meaning. `--help` is made of it. */
interface Flag {
  readonly value: string
  readonly meaning: string
  readonly default?: string
}

export const optional = (value: string, meaning: string) => ({ type: 'string', value, meaning }) as const

export const defaulted = (value: string, byDefault: string, meaning: string) =>
  ({ type: 'string', value, meaning, default: byDefault }) as const

/** Of every server of ours. */
export const commonFlags = {
  port: defaulted('PORT', '8443', 'to listen on; 0 takes a free one'),
  'log-level': defaulted('LEVEL', 'info', 'of the log'),
  'shutdown-delay': defaulted('SECONDS', '5', 'between NotReady and the end of listening'),
  help: { type: 'boolean', value: '', meaning: 'prints this' },
} as const

/** What `--help` prints. */
export function usageOf(heading: readonly string[], flags: Readonly<Record<string, Flag>>): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const byDefault = flag.default === undefined ? '' : ` (default ${flag.default})`
    return `  ${`--${name} ${flag.value}`.padEnd(30)}${flag.meaning}${byDefault}`
  })
  return [...heading, '', ...rows].join('\n')
}

/** The flags' values as they were written. Throws `OptionMalformed`. */
export function parseFlags<const Flags extends ParseArgsOptionsConfig>(args: readonly string[], options: Flags) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (cause) {
    const found = args.join(' ')
    const finding = { at: 'command line', found, expected: 'known options', fix: '--help lists them.' }
    throw new GreenroomError('OptionMalformed', finding, { cause })
  }
}

interface Common {
  readonly port: string
  readonly 'log-level': string
  readonly 'shutdown-delay': string
}

/** The common flags' values. Throws `OptionMalformed`. */
export const parseCommon = (values: Common) => ({
  port: parseNumber('port', values.port, 65_535),
  logLevel: parseLogLevel(values['log-level']),
  shutdownDelayMs: parseNumber('shutdown-delay', values['shutdown-delay'], 3_600) * 1000,
})

const logLevels = choice('info', 'debug', 'warn', 'error')

function parseLogLevel(found: string): string {
  const level = logLevels.parse(found)
  if (level !== undefined) return level
  const fix = 'Write one of these, or leave it out.'
  throw new GreenroomError('OptionMalformed', { at: '--log-level', found, expected: logLevels.expected, fix })
}

function parseNumber(name: 'port' | 'shutdown-delay', found: string, most: number): number {
  const number = /^\d{1,5}$/.test(found) ? Number(found) : Number.NaN
  if (number <= most) return number
  const fix = `Write --${name} ${commonFlags[name].default}, or leave it out.`
  throw new GreenroomError('OptionMalformed', { at: `--${name}`, found, expected: `a number up to ${most}`, fix })
}
