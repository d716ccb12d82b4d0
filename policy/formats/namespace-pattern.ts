import type { Format } from './format.ts'

/** A namespace (RFC 1123), or several at once: `*` stands for any characters. */
export const namespacePattern: Format<string> = {
  expected: 'a namespace, or a pattern with "*"',
  example: 'test-*',
  parse: (text) => (/^[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?$/.test(text) ? text : undefined),
}
