import { z } from 'zod'
import { duration, limit } from '../formats/duration.ts'
import { namespacePattern } from '../formats/namespace-pattern.ts'
import { absolutePath } from '../formats/path.ts'
import { authorizationRequestsSchema } from './authorization-requests.ts'
import { checked, formatted, oneOf, strict } from './fields.ts'

const endpoint = z
  .url({ protocol: /^https?$/, error: 'a URL with http or https' })
  .transform((url) => url.replace(/\/+$/, ''))

const count = (most: number) => {
  const error = `a whole number from 1 to ${most}`
  return z.int({ error }).min(1, { error }).max(most, { error })
}

const pattern = z.string({ error: 'a name, or a pattern with "*"' }).min(1, { error: 'a name, or a pattern with "*"' })
const patterns = z.array(pattern, { error: 'a list of names or patterns' }).min(1, { error: 'at least one name' })

/** A shared window is counted in whole seconds by Redis. */
const window = formatted({
  expected: 'whole seconds from 1s to 24h',
  example: '1s',
  parse(text) {
    const ms = limit.parse(text)
    return ms !== undefined && ms % 1000 === 0 ? ms : undefined
  },
})

/** What one namespace's pods may have. Whatever no binding says is refused. */
const binding = strict({
  namespaces: z.array(checked(namespacePattern), { error: 'a list of namespaces' }).min(1, { error: 'at least one' }),
  serviceAccounts: patterns.prefault(['*']),
  applications: patterns,
  resources: patterns,
})

const spec = strict({
  /** The authorization service behind the gate. */
  service: strict({
    /** Base URL of a service of the contract. */
    endpoint: endpoint.optional(),
    /** Or what a service of another API is asked. */
    requests: authorizationRequestsSchema.optional(),
    /** Certificates in PEM that the service is trusted by over https, and nobody besides. Read anew for each call. */
    caFile: formatted(absolutePath).optional(),
    /** Its content is sent as `Authorization: Bearer …`. Read anew for each call. */
    tokenFile: formatted(absolutePath).optional(),
    callTimeout: formatted(limit).prefault('5s'),
    /** Only where the service has the contract's batch call. */
    batch: strict({ window: formatted(duration).prefault('1s'), most: count(500).prefault(100) }).optional(),
  })
    .refine(({ endpoint, requests }) => (endpoint === undefined) !== (requests === undefined), {
      path: ['endpoint'],
      error: 'it or requests, one of the two',
    })
    .refine(({ batch, requests }) => batch === undefined || requests === undefined, {
      path: ['batch'],
      error: 'no batch where requests are written down: it is a call of the contract',
    }),
  limits: strict({
    /** Of all calls to the service, grants and revocations, of all replicas together. */
    rate: strict({ calls: count(10_000), per: window.prefault('1s') }).prefault({ calls: 5 }),
    /** Of the calls for one application, IP and pod that went wrong. */
    pod: strict({ calls: count(100), per: window.prefault('10m') }).prefault({ calls: 3 }),
    /** Calls under way at once. */
    concurrency: count(1_000).prefault(10),
    /** How many replicas there are: without a Redis each takes its share of `rate`, rounded down. */
    replicas: count(20).prefault(1),
    /** Counts for all replicas, so that one may take what the others leave. While it is gone, each takes its share. */
    redis: strict({ url: z.url({ protocol: /^rediss?$/, error: 'a URL with redis or rediss' }) }).optional(),
  })
    .refine(({ rate, replicas, redis }) => redis !== undefined || rate.calls >= replicas, {
      path: ['replicas'],
      error: 'at most as many as limits.rate.calls, for each makes one call at least, or limits.redis',
    })
    .prefault({}),
  /** After so many failures in a row nobody asks for so long, and then one call tries. */
  breaker: strict({ failures: count(1_000).prefault(5), pause: formatted(limit).prefault('30s') }).prefault({}),
  /** More pods than that do not die in one window: a replica stops, and says so, rather than take back what live pods have. */
  revocations: strict({
    most: count(100_000).prefault(100),
    /** Or so many of those that are granted, in percent, where that is more. */
    percent: count(100).prefault(25),
    per: formatted(limit).prefault('10m'),
  }).prefault({}),
  bindings: z.array(binding, { error: 'a list of bindings' }).prefault([]),
})

/** What the gate is to do, `kind: AuthorizationPolicy`. All defaults of the gate are here and nowhere else. */
export const authorizationPolicySchema = strict({
  apiVersion: oneOf('greenroom.dev/v1alpha1'),
  kind: oneOf('AuthorizationPolicy'),
  metadata: z.looseObject({ name: z.string({ error: 'a name' }) }, { error: 'an object with a name' }),
  spec,
})

export type AuthorizationPolicy = z.infer<typeof spec>
export type Binding = z.infer<typeof binding>
