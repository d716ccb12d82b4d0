import { GreenroomError } from '../policy/greenroom-error.ts'
import { version } from '../policy/version.ts'
import { commonFlags, defaulted, optional, parseCommon, parseFlags, usageOf } from '../serving/flags.ts'

export interface Options {
  /** undefined: the built-in defaults. */
  readonly policy: string | undefined
  /** undefined: that of `pod`, else the release's own. */
  readonly image: string | undefined
  readonly pod: string | undefined
  readonly port: number
  readonly namespace: string
  /** The name by which API servers ask. */
  readonly host: string
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

const flags = {
  policy: optional(
    'FILE',
    'an InjectionPolicy for all pods; without it, those of the cluster, or the built-in defaults where there is none',
  ),
  image: optional('IMAGE', `of injected containers where the policy names none; without it, that of --pod`),
  pod: optional('NAME', `the webhook's own; without it, the image is greenroom:${version}`),
  port: commonFlags.port,
  namespace: defaulted('NAME', 'greenroom-system', "Greenroom's own, where nothing is injected"),
  'tls-cert': optional('FILE', 'certificate in PEM by another issuer; needs --tls-key'),
  'tls-key': optional('FILE', 'its private key in PEM'),
  service: defaulted('NAME', 'greenroom', 'Service in front of this server'),
  host: optional('NAME', 'or address by which the API server asks; without it, the name of the Service'),
  secret: defaulted('NAME', 'greenroom-authority', 'Secret with the certificate authority'),
  'webhook-configuration': defaulted('NAME', 'greenroom', 'registration that is to trust the authority'),
  'log-level': commonFlags['log-level'],
  'shutdown-delay': commonFlags['shutdown-delay'],
  help: commonFlags.help,
} as const

const heading = ['Usage: webhook [options]', '', "Answers the API server's reviews of pods that are being created."]

/** What `--help` prints. */
export const usage = (): string => usageOf(heading, flags)

/** The options, or `help` where that is asked for. Throws `OptionMalformed`. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, flags)
  if (values.help) return 'help'
  return {
    policy: values.policy,
    image: values.image,
    pod: values.pod,
    ...parseCommon(values),
    namespace: values.namespace,
    host: values.host ?? `${values.service}.${values.namespace}.svc`,
    tls: parseTls(values),
  }
}

function parseTls(values: ReturnType<typeof parseFlags<typeof flags>>): TlsOptions {
  const { 'tls-cert': cert, 'tls-key': key, service, secret, 'webhook-configuration': webhookConfiguration } = values
  if (cert !== undefined && key !== undefined) return { from: 'files', cert, key }
  if (cert === undefined && key === undefined) return { from: 'cluster', service, secret, webhookConfiguration }
  const at = cert === undefined ? '--tls-cert' : '--tls-key'
  const fix = 'Give both --tls-cert and --tls-key, or neither.'
  throw new GreenroomError('OptionMalformed', { at, expected: 'a file', fix })
}
