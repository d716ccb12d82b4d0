import { parseArgs } from 'node:util'
import { choice } from '../policy/formats/choice.ts'
import { GreenroomError } from '../policy/greenroom-error.ts'
import { version } from '../policy/version.ts'

export interface Options {
  /** undefined: the built-in defaults. */
  readonly policy: string | undefined
  /** undefined: that of `pod`, else the release's own. */
  readonly image: string | undefined
  readonly pod: string | undefined
  readonly port: number
  readonly namespace: string
  readonly tls: TlsOptions
  readonly logLevel: string
  readonly shutdownDelayMs: number
}

/** Where the server's certificate comes from. */
export type TlsOptions =
  | { readonly from: 'files'; readonly cert: string; readonly key: string }
  | {
      readonly from: 'cluster'
      readonly service: string
      readonly secret: string
      readonly webhookConfiguration: string
    }

const optional = (value: string, meaning: string) => ({ type: 'string', value, meaning }) as const

const defaulted = (value: string, byDefault: string, meaning: string) =>
  ({ type: 'string', value, meaning, default: byDefault }) as const

/** Every flag: the name of its value, its default, its meaning. `--help` is made of it. */
const flags = {
  policy: optional('FILE', 'an InjectionPolicy; without it, the built-in defaults'),
  image: optional('IMAGE', `of injected containers where the policy names none; without it, that of --pod`),
  pod: optional('NAME', `the webhook's own; without it, the image is greenroom:${version}`),
  port: defaulted('PORT', '8443', 'to listen on; 0 takes a free one'),
  namespace: defaulted('NAME', 'greenroom-system', "Greenroom's own, where nothing is injected"),
  'tls-cert': optional('FILE', 'certificate in PEM by another issuer; needs --tls-key'),
  'tls-key': optional('FILE', 'its private key in PEM'),
  service: defaulted('NAME', 'greenroom', 'Service in front of this server'),
  secret: defaulted('NAME', 'greenroom-authority', 'Secret with the certificate authority'),
  'webhook-configuration': defaulted('NAME', 'greenroom', 'registration that is to trust the authority'),
  'log-level': defaulted('LEVEL', 'info', 'of the log'),
  'shutdown-delay': defaulted('SECONDS', '5', 'between NotReady and the end of listening'),
  help: { type: 'boolean', value: '', meaning: 'prints this' },
} as const

const heading = ['Usage: webhook [options]', '', "Answers the API server's reviews of pods that are being created.", '']

/** What `--help` prints. */
export function usage(): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const byDefault = 'default' in flag ? ` (default ${flag.default})` : ''
    return `  ${`--${name} ${flag.value}`.padEnd(30)}${flag.meaning}${byDefault}`
  })
  return [...heading, ...rows].join('\n')
}

/** The options, or `help` where that is asked for. Throws `OptionMalformed`. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args)
  if (values.help) return 'help'
  return {
    policy: values.policy,
    image: values.image,
    pod: values.pod,
    port: parseNumber('port', values.port, 65_535),
    namespace: values.namespace,
    tls: parseTls(values),
    logLevel: parseLogLevel(values['log-level']),
    shutdownDelayMs: parseNumber('shutdown-delay', values['shutdown-delay'], 3_600) * 1000,
  }
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags }).values
  } catch (cause) {
    const found = args.join(' ')
    const finding = { at: 'command line', found, expected: 'known options', fix: '--help lists them.' }
    throw new GreenroomError('OptionMalformed', finding, { cause })
  }
}

function parseTls(values: ReturnType<typeof parseFlags>): TlsOptions {
  const { 'tls-cert': cert, 'tls-key': key, service, secret, 'webhook-configuration': webhookConfiguration } = values
  if (cert !== undefined && key !== undefined) return { from: 'files', cert, key }
  if (cert === undefined && key === undefined) return { from: 'cluster', service, secret, webhookConfiguration }
  const at = cert === undefined ? '--tls-cert' : '--tls-key'
  const fix = 'Give both --tls-cert and --tls-key, or neither.'
  throw new GreenroomError('OptionMalformed', { at, expected: 'a file', fix })
}

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
  const fix = `Write --${name} ${flags[name].default}, or leave it out.`
  throw new GreenroomError('OptionMalformed', { at: `--${name}`, found, expected: `a number up to ${most}`, fix })
}
