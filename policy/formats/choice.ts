import type { Format } from './format.ts'

/** One of a few words. */
export function choice<const Word extends string>(first: Word, ...rest: readonly Word[]): Format<Word> {
  const words = [first, ...rest]
  return {
    expected: words.map((word) => JSON.stringify(word)).join(' or '),
    example: first,
    parse: (text) => words.find((word) => word === text),
  }
}

const word = choice('true', 'false')

/** Annotations and labels are strings: `"true"` and `"false"` and, as in Kubernetes' own, no other spelling. */
export const flag: Format<boolean> = { ...word, parse: (text) => toBoolean(word.parse(text)) }

const toBoolean = (text: 'true' | 'false' | undefined) => (text === undefined ? undefined : text === 'true')
