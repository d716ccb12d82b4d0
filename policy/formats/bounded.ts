import type { Format } from './format.ts'

/** The same format for texts of at most so many bytes: what is read goes to places that end somewhere. */
export const bounded = <T>(format: Format<T>, mostBytes: number): Format<T> => ({
  ...format,
  mostBytes,
  parse: (text) => (isTooLong(text, mostBytes) ? undefined : format.parse(text)),
})

/** What is expected instead of a malformed text: that it is shorter, or else what the format says. */
export const expectedOf = ({ expected, mostBytes }: Format<unknown>, text: string): string =>
  mostBytes !== undefined && isTooLong(text, mostBytes) ? `at most ${mostBytes} bytes` : expected

const isTooLong = (text: string, mostBytes: number) => Buffer.byteLength(text) > mostBytes
