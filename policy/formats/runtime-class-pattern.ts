import type { Format } from './format.ts'

/** A RuntimeClass, named as a DNS subdomain (RFC 1123), or several at once: `*` stands for any characters. */
export const runtimeClassPattern: Format<string> = {
  expected: 'a runtime class, or a pattern with "*"',
  example: 'kata*',
  parse: (text) => (/^[a-z0-9*]([-a-z0-9.*]{0,251}[a-z0-9*])?$/.test(text) ? text : undefined),
}
