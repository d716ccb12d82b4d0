import type { Format } from './format.ts'
import { dnsSubdomain } from './name.ts'

const name = /^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export const labelKey: Format<string> = {
  expected: "a label's key",
  example: 'kubernetes.io/metadata.name',
  parse(text) {
    const slash = text.indexOf('/')
    if (slash !== -1 && dnsSubdomain.parse(text.slice(0, slash)) === undefined) return undefined
    return name.test(text.slice(slash + 1)) ? text : undefined
  },
}

/** Empty ones too. */
export const labelValue: Format<string> = {
  expected: "a label's value",
  example: 'shop',
  parse: (text) => (text === '' || name.test(text) ? text : undefined),
}
