import { commonFlags, defaulted, parseCommon, parseFlags, usageOf } from '../../serving/flags.ts'

export interface Options {
  readonly policy: string
  readonly port: number
  readonly namespace: string
  /** Names this replica's claims. */
  readonly replica: string
  readonly service: string
  readonly hosts: readonly string[]
  readonly secret: string
  readonly configMap: string
  readonly audience: string
  readonly logLevel: string
  readonly shutdownDelayMs: number
}

const flags = {
  policy: defaulted('FILE', '/etc/greenroom-gate/policy.yaml', 'the AuthorizationPolicy'),
  pod: defaulted('NAME', 'gate', "the gate's own, of this replica"),
  port: commonFlags.port,
  namespace: defaulted('NAME', 'greenroom-system', "Greenroom's own, where the ledger is"),
  service: defaulted('NAME', 'greenroom-gate', 'Service in front of this server'),
  host: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    meaning: 'another name or address of the server, for its certificate; may come again',
  },
  secret: defaulted('NAME', 'greenroom-gate-authority', 'Secret with its certificate authority'),
  'config-map': defaulted('NAME', 'greenroom-gate-authority', "ConfigMap that shows the authority's certificate"),
  audience: defaulted('NAME', 'greenroom', 'of the tokens of pods'),
  'log-level': commonFlags['log-level'],
  'shutdown-delay': commonFlags['shutdown-delay'],
  help: commonFlags.help,
} as const

const heading = [
  'Usage: gate [options]',
  '',
  'Stands between pods and the authorization service, and keeps the ledger.',
]

/** What `--help` prints. */
export const usage = (): string => usageOf(heading, flags)

/** The options, or `help` where that is asked for. Throws `OptionMalformed`. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, flags)
  if (values.help) return 'help'
  return {
    policy: values.policy,
    ...parseCommon(values),
    namespace: values.namespace,
    replica: values.pod,
    service: values.service,
    hosts: values.host ?? [],
    secret: values.secret,
    configMap: values['config-map'],
    audience: values.audience,
  }
}
