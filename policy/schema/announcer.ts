import { z } from 'zod'
import { announcerSample } from '../announcer-placeholders.ts'
import { limit } from '../formats/duration.ts'
import type { Format } from '../formats/format.ts'
import { dnsLabel } from '../formats/name.ts'
import { baseUrl, jsonTemplate, urlTemplate } from '../formats/template.ts'
import { checked, formatted, strict } from './fields.ts'
import { filled, headers, method, template } from './request.ts'

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

/** A name at the registry; letters of any kind, for it is escaped. */
const text = filled(z.string({ error: 'a text' }).min(1, { error: 'a text that is not empty' }), announcerSample)

const request = strict({
  method,
  url: template(urlTemplate(announcerSample), announcerSample),
  headers: headers.optional(),
  body: template(jsonTemplate(announcerSample, '{"address": "{ip}", "port": {port}}'), announcerSample).optional(),
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
