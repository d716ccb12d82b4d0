import { z } from 'zod'
import type { Format } from '../formats/format.ts'
import { type JsonValues, unknownPlaceholder } from '../placeholders.ts'
import { oneOf } from './fields.ts'

/** Building blocks of a request that a policy writes down. A sample has a value of each placeholder that is known. */

/** A text without a typo in its placeholders, which would be sent as it is. */
export const filled = (shape: z.ZodString, sample: JsonValues) => {
  const known = Object.keys(sample)
    .map((name) => `{${name}}`)
    .join(', ')
  return shape.refine((text) => unknownPlaceholder(text, sample) === undefined, {
    error: ({ input }) => `the placeholders ${known}, not {${unknownPlaceholder(String(input), sample)}}`,
    abort: true,
  })
}

export const template = <T>({ expected, example, parse }: Format<T>, sample: JsonValues) =>
  filled(z.string({ error: `${expected}, such as ${example}` }), sample).refine((text) => parse(text) !== undefined, {
    error: expected,
    params: { example },
  })

export const method = oneOf('GET', 'POST', 'PUT', 'PATCH', 'DELETE')

/** Those that frame the request are its sender's business: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const framing = ['host', 'content-length', 'transfer-encoding', 'connection', 'te', 'trailer', 'upgrade']

export const headers = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "a header's name" }),
    z.string({ error: "a header's value" }).regex(/^[!-~]([ !-~]*[!-~])?$/, { error: 'printable ASCII' }),
    { error: 'headers by name' },
  )
  .refine((all) => !Object.keys(all).some((name) => framing.includes(name.toLowerCase())), {
    error: `headers other than ${framing.join(', ')}`,
  })
