import { z } from 'zod'
import type { Format } from '../formats/format.ts'

/**
 * Building blocks of a schema whose issues say what was expected: an issue's message is `Finding.expected`, but an
 * unknown key's, which is the list of known ones.
 */

const patternOf = ({ pattern }: Format<unknown>) => (pattern === undefined ? {} : { pattern })

/** A text in one of the formats that annotations have too. */
export const formatted = <T>(format: Format<T>) =>
  z
    .string({ error: `${format.expected} such as ${format.example}` })
    .meta(patternOf(format))
    .transform((text, context): T => {
      const value = format.parse(text)
      if (value !== undefined) return value
      context.issues.push({
        code: 'custom',
        message: format.expected,
        params: { example: format.example },
        input: text,
      })
      return z.NEVER
    })

/** A text in a format that goes on as it was written. */
export const checked = <T>(format: Format<T>) =>
  z
    .string({ error: `${format.expected} in quotes` })
    .meta(patternOf(format))
    .refine((text) => format.parse(text) !== undefined, {
      error: format.expected,
      params: { example: format.example },
    })

/** An object that refuses keys it does not know: a typo would otherwise be a default that nobody asked for. */
export const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : 'an object'),
  })

/** One of a few words. */
export const oneOf = <const Word extends string>(...words: readonly Word[]) =>
  z.enum(words, { error: words.map((word) => JSON.stringify(word)).join(' or ') })
