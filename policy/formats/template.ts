import { fillJson, fillUrl, type PlaceholderValues } from '../placeholders.ts'
import type { Format } from './format.ts'

/** A value of each kind, to see what a template becomes. */
const sample: PlaceholderValues = {
  application: 'a',
  namespace: 'n',
  pod: 'p',
  ip: '192.0.2.1',
  nodeIP: '192.0.2.2',
  port: '1',
}

/** Scheme and host as text; `{nodeIP}` may be the whole host. No user, no fragment, no placeholder before the path. */
const shape =
  /^https?:\/\/(\{nodeIP\}|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?)(:\d{1,5})?(\/[!-~]*)?$/

/** The URL of a request; placeholders may stand in its path and query. */
export const urlTemplate: Format<string> = {
  expected: 'a URL whose scheme and host are text, or {nodeIP} as the host',
  example: 'http://registry.example.com/apps/{application}/{ip}',
  parse: (text) => (shape.test(text) && !text.includes('#') && URL.canParse(fillUrl(text, sample)) ? text : undefined),
}

/** The URL that a registry's paths are appended to, as it is before them: without a query and without a slash at its end. */
export const baseUrl: Format<string> = {
  expected: 'a URL without query, or one whose host is {nodeIP}',
  example: 'http://registry.example.com:8761/eureka',
  parse(text) {
    const isBase = urlTemplate.parse(text) !== undefined && !/[?]|\{(?!nodeIP\})/.test(text)
    return isBase ? text.replace(/\/+$/, '') : undefined
  },
}

/** The body of a request: JSON, with placeholders inside of its strings; the port may be a number too. */
export const jsonTemplate: Format<string> = {
  expected: 'JSON, with placeholders in strings',
  example: '{"address": "{ip}", "port": {port}}',
  parse: (text) => (isJson(fillJson(text, sample)) ? text : undefined),
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // That is the answer.
  }
}
