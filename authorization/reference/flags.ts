import { parseArgs } from 'node:util'
import { type Behaviour, modes, parseBehaviour, wellBehaved } from './behaviour.ts'

export interface Flags {
  readonly port: number
  readonly host: string
  readonly grants: string
  readonly behaviour: Behaviour
  readonly tokenFile: string | undefined
  /** Absent: plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
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
  'calls-per-second': { type: 'string' },
  'delay-ms': { type: 'string' },
  overload: { type: 'string' },
  'token-file': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

export const usage = `A small authorization server: Greenroom's contract over HTTP, grants in a file. For demos and tests.

  --port N                 to listen on; 0 takes a free one (${options.port.default})
  --host ADDRESS           to listen on; 0.0.0.0 for all (${options.host.default})
  --grants FILE            where grants are kept (${options.grants.default})
  --mode MODE              ${modes.join(', ')}: until PUT /v1/behaviour says otherwise (${options.mode.default})
  --times N                only for the first N calls of each pod (all)
  --retry-after-seconds N  what throttle and queue ask for (${options['retry-after-seconds'].default})
  --calls-per-second N     what it takes; what is more is answered 429 (any number)
  --delay-ms N             each answer comes so much later (at once)
  --overload LIMITS        throttled=50,withinSeconds=10,downForSeconds=60: when it is down, and how long (never)
  --token-file FILE        each call must carry its content as a bearer token, else it is answered 401 (none needed)
  --tls-cert, --tls-key    PEM files, both: https (plain HTTP)
  --help                   shows this

Each call is one JSON line on standard output. GET /v1/authorizations lists the grants, GET /v1/calls the calls;
PUT /v1/behaviour takes {"mode": "queue", "times": 2, "retryAfterSeconds": 1, "application": "orders", "method": "PUT"}
and, for all calls, "capacity": {"callsPerSecond": 5}, "delayMs": 800,
"overload": {"throttled": 50, "withinSeconds": 10, "downForSeconds": 60}.
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
  if (typeof port === 'string' || port > 65535 || !Number.isInteger(port))
    return malformed(`--port is ${JSON.stringify(values.port)}, expected a whole number from 0 to 65535.`)
  const { 'calls-per-second': callsPerSecond, 'delay-ms': delayMs } = values
  const reading = parseBehaviour({
    mode: values.mode,
    retryAfterSeconds: toNumber(values['retry-after-seconds']),
    ...(values.times !== undefined && { times: toNumber(values.times) }),
    ...(callsPerSecond !== undefined && { capacity: { callsPerSecond: toNumber(callsPerSecond) } }),
    ...(delayMs !== undefined && { delayMs: toNumber(delayMs) }),
    ...(values.overload !== undefined && { overload: toNumbers(values.overload) }),
  })
  if (reading.kind === 'malformed') return malformed(`Flags: ${reading.detail}`)
  const { host, grants, 'token-file': tokenFile, 'tls-cert': certFile, 'tls-key': keyFile } = values
  if ((certFile === undefined) !== (keyFile === undefined))
    return malformed('Only one of --tls-cert and --tls-key is given, expected both or none.')
  const tls = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : undefined
  return { kind: 'flags', flags: { port, host, grants, behaviour: reading.behaviour, tokenFile, tls } }
}

/** What is no number stays as it is, for the message that refuses it. */
function toNumber(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/** `name=5,other=6` as an object; what is of another shape stays as it is. */
function toNumbers(text: string): unknown {
  const pairs = text.split(',').map((pair) => /^(\w+)=(.*)$/.exec(pair))
  if (pairs.includes(null)) return text
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], toNumber(pair?.[2] ?? '')]))
}

function malformed(detail: string): FlagsReading {
  return { kind: 'malformed', detail: `${detail} See --help.` }
}
