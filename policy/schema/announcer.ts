import { z } from 'zod'
import { limit } from '../formats/duration.ts'
import type { Format } from '../formats/format.ts'
import { dnsLabel } from '../formats/name.ts'
import { baseUrl, jsonTemplate, urlTemplate } from '../formats/template.ts'
import { placeholderNames, unknownPlaceholder } from '../placeholders.ts'
import { checked, formatted, oneOf, strict } from './fields.ts'

/** Longer, and the end of every pod would wait for a registry that is down. */
const mostTimeoutMs = 10_000

const timeout = formatted({
  expected: 'a duration above 0, at most 10s',
  example: '2s',
  parse(text) {
    const ms = limit.parse(text)
    return ms !== undefined && ms <= mostTimeoutMs ? ms : undefined
  },
} satisfies Format<number>).prefault('2s')

const known = placeholderNames.map((name) => `{${name}}`).join(', ')

/** A text without a typo in its placeholders, which would be sent as it is. */
const filled = (shape: z.ZodString) =>
  shape.refine((text) => unknownPlaceholder(text) === undefined, {
    error: ({ input }) => `the placeholders ${known}, not {${unknownPlaceholder(String(input))}}`,
    abort: true,
  })

const template = <T>({ expected, example, parse }: Format<T>) =>
  filled(z.string({ error: `${expected}, such as ${example}` })).refine((text) => parse(text) !== undefined, {
    error: expected,
    params: { example },
  })

/** A name at the registry; letters of any kind, for it is escaped. */
const text = filled(z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }))

/** Those that frame the request are its sender's business: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const framing = ['host', 'content-length', 'transfer-encoding', 'connection', 'te', 'trailer', 'upgrade']
const headers = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "a header's name" }),
    z.string({ error: "a header's value" }).regex(/^[!-~]([ !-~]*[!-~])?$/, { error: 'printable ASCII' }),
    { error: 'headers by name' },
  )
  .refine((all) => !Object.keys(all).some((name) => framing.includes(name.toLowerCase())), {
    error: `headers other than ${framing.join(', ')}`,
  })

const request = strict({
  method: oneOf('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  url: template(urlTemplate),
  headers: headers.optional(),
  body: template(jsonTemplate).optional(),
})

const address = formatted(baseUrl)
const name = checked(dnsLabel)

/** One registry that is told when a pod goes online and offline. What each type calls: policy/announcer-requests.ts. */
export const announcerSchema = z.discriminatedUnion(
  'type',
  [
    strict({
      name,
      type: z.literal('consul'),
      timeout,
      address: address.prefault('http://{nodeIP}:8500'),
      serviceId: text,
    }),
    strict({
      name,
      type: z.literal('eureka'),
      timeout,
      address,
      app: text.prefault('{application}'),
      instanceId: text.prefault('{pod}:{application}:{port}'),
    }),
    strict({
      name,
      type: z.literal('dubbo'),
      timeout,
      port: z.int({ error: 'a port' }).min(1, { error: 'a port' }).max(65_535, { error: 'a port' }).prefault(22_222),
    }),
    strict({ name, type: z.literal('http'), timeout, online: request, offline: request }),
  ],
  { error: 'an announcer of type "consul", "eureka", "dubbo" or "http"' },
)

export type AnnouncerPolicy = z.infer<typeof announcerSchema>
