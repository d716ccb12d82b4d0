import { commonFlags, defaulted, parseCommon, parseFlags, usageOf } from '../serving/flags.ts'

export interface Options {
  readonly port: number
  readonly namespace: string
  /** Names this replica in the lease. */
  readonly replica: string
  readonly lease: string
  readonly logLevel: string
}

const flags = {
  pod: defaulted('NAME', 'control-plane', "the control plane's own, of this replica"),
  port: defaulted('PORT', '8080', 'to listen on, without TLS; 0 takes a free one'),
  namespace: defaulted('NAME', 'greenroom-system', "Greenroom's own, where nothing is injected"),
  lease: defaulted('NAME', 'greenroom-control-plane', 'Lease of the replica that acts'),
  'log-level': commonFlags['log-level'],
  help: commonFlags.help,
} as const

const heading = [
  'Usage: control-plane [options]',
  '',
  'Finds pods that came in while the webhook was down, and says how policies fare.',
]

/** What `--help` prints. */
export const usage = (): string => usageOf(heading, flags)

/** The options, or `help` where that is asked for. Throws `OptionMalformed`. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const values = parseFlags(args, flags)
  if (values.help) return 'help'
  // Nobody is sent to it, so it leaves at once.
  const { port, logLevel } = parseCommon({ ...values, 'shutdown-delay': '0' })
  return { port, logLevel, namespace: values.namespace, replica: values.pod, lease: values.lease }
}
