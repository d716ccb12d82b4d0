import { bounded } from './bounded.ts'
import type { Format } from './format.ts'

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** A DNS label (RFC 1123), as containers and ports are named. */
export const dnsLabel: Format<string> = {
  expected: 'lower-case letters, digits or "-"',
  example: 'app',
  pattern: label.source,
  parse: (text) => (label.test(text) ? text : undefined),
}

/** A DNS subdomain (RFC 1123), as Secrets are named. */
export const dnsSubdomain: Format<string> = {
  expected: 'lower-case letters, digits, "-" or "."',
  example: 'firewall-token',
  parse: (text) =>
    text.length <= 253 && text.split('.').every((label) => dnsLabel.parse(label) !== undefined) ? text : undefined,
}

/** A key of a Secret: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
export const secretKey: Format<string> = {
  expected: 'letters, digits or "-._"',
  example: 'token',
  parse: (text) => (/^[-._A-Za-z0-9]{1,253}$/.test(text) && text !== '.' && !text.startsWith('..') ? text : undefined),
}

/** A label's value, not empty: where an application's name comes from when nobody gives one. */
export const applicationName: Format<string> = {
  expected: 'letters, digits or "-._"',
  example: 'orders',
  parse: (text) => (/^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(text) ? text : undefined),
}

/** Hundreds of names; the settings have room for them. */
const mostListBytes = 16_000

/** Names separated by commas, each without blanks: `mysql:orders,redis:sessions`. Empty: none. */
export const nameList: Format<readonly string[]> = bounded(
  {
    expected: 'names separated by commas',
    example: 'mysql:orders,redis:sessions',
    parse(text) {
      const names = text.split(',').map((name) => name.trim())
      if (names.length === 1 && names[0] === '') return []
      return names.every((name) => /^[!-~]{1,253}$/.test(name)) ? [...new Set(names)] : undefined
    },
  },
  mostListBytes,
)
