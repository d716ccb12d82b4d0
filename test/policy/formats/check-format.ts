import type { Test } from 'tap'
import type { Format } from '../../../policy/formats/format.ts'

/** Holds a format against a table of texts and what they mean; undefined is malformed. */
export function checkFormat<T>(t: Test, format: Format<T>, table: Readonly<Record<string, T | undefined>>): void {
  for (const [text, value] of Object.entries(table)) {
    t.strictSame(
      format.parse(text),
      value,
      `${JSON.stringify(text).slice(0, 80)} is ${value === undefined ? 'malformed' : 'read'}`,
    )
  }
  t.not(format.parse(format.example), undefined, 'the example is valid')
}
