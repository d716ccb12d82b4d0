import { parseArgs } from 'node:util'
import { type Behaviour, modes, parseBehaviour, wellBehaved } from './behaviour.ts'

export interface Flags {
  readonly port: number
  readonly host: string
  readonly grants: string
  readonly behaviour: Behaviour
}

export type FlagsReading =
  | { readonly kind: 'flags'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'malformed'; readonly detail: string }

const options = {
  port: { type: 'string', default: '8080' },
  host: { type: 'string', default: '127.0.0.1' },
  grants: { type: 'string', default: 'grants.json' },
  mode: { type: 'string', default: wellBehaved.mode },
  times: { type: 'string' },
  'retry-after-seconds': { type: 'string', default: String(wellBehaved.retryAfterSeconds) },
  help: { type: 'boolean', default: false },
} as const

export const usage = `A small authorization server: Greenroom's contract over plain HTTP, grants in a file. For demos and tests.

  --port N                 to listen on; 0 takes a free one (${options.port.default})
  --host ADDRESS           to listen on; 0.0.0.0 for all (${options.host.default})
  --grants FILE            where grants are kept (${options.grants.default})
  --mode MODE              ${modes.join(', ')}: until PUT /v1/behaviour says otherwise (${options.mode.default})
  --times N                only for the first N calls of each pod (all)
  --retry-after-seconds N  what throttle and queue ask for (${options['retry-after-seconds'].default})
  --help                   shows this

Each call is one JSON line on standard output. GET /v1/authorizations lists the grants, GET /v1/calls the calls;
PUT /v1/behaviour takes {"mode": "queue", "times": 2, "retryAfterSeconds": 1, "application": "orders", "method": "PUT"}.
`

export function parseFlags(args: readonly string[]): FlagsReading {
  try {
    return readFlags(parseArgs({ args: [...args], options }).values)
  } catch (error) {
    return malformed(error instanceof Error ? error.message : String(error))
  }
}

function readFlags(values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']): FlagsReading {
  if (values.help) return { kind: 'help' }
  const port = toNumber(values.port)
  if (typeof port === 'string' || port > 65535)
    return malformed(`--port is ${JSON.stringify(values.port)}, expected a whole number from 0 to 65535.`)
  const reading = parseBehaviour({
    mode: values.mode,
    retryAfterSeconds: toNumber(values['retry-after-seconds']),
    ...(values.times !== undefined && { times: toNumber(values.times) }),
  })
  if (reading.kind === 'malformed') return malformed(`Flags: ${reading.detail}`)
  return { kind: 'flags', flags: { port, host: values.host, grants: values.grants, behaviour: reading.behaviour } }
}

/** What is no whole number stays as it is, for the message that refuses it. */
function toNumber(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

function malformed(detail: string): FlagsReading {
  return { kind: 'malformed', detail: `${detail} See --help.` }
}
