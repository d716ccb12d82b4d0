import { announcerSample } from '../announcer-placeholders.ts'
import { fillJson, fillUrl, type JsonValues, type TextValues, unknownPlaceholder } from '../placeholders.ts'
import type { Format } from './format.ts'

/** Scheme and host as text; `{nodeIP}` may be the whole host. No user, no fragment, no placeholder before the path. */
const shape =
  /^https?:\/\/(\{nodeIP\}|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?)(:\d{1,5})?(\/[!-~]*)?$/

/** The URL of a request; placeholders may stand in its path and query. `sample` has a value of each that is known. */
export const urlTemplate = (sample: TextValues): Format<string> => ({
  expected: `a URL whose scheme and host are text${'nodeIP' in sample ? ', or {nodeIP} as the host' : ''}`,
  example: 'http://registry.example.com/apps/{application}/{ip}',
  parse(text) {
    const isTemplate = shape.test(text) && !text.includes('#') && unknownPlaceholder(text, sample) === undefined
    return isTemplate && URL.canParse(fillUrl(text, sample)) ? text : undefined
  },
})

/** The URL that a registry's paths are appended to, as it is before them: without a query and without a slash at its end. */
export const baseUrl: Format<string> = {
  expected: 'a URL without query, or one whose host is {nodeIP}',
  example: 'http://registry.example.com:8761/eureka',
  parse(text) {
    const isBase = urlTemplate(announcerSample).parse(text) !== undefined && !/[?]|\{(?!nodeIP\})/.test(text)
    return isBase ? text.replace(/\/+$/, '') : undefined
  },
}

/** The body of a request: JSON, with placeholders inside of its strings; numbers and lists stand outside of them. */
export const jsonTemplate = (sample: JsonValues, example: string): Format<string> => ({
  expected: 'JSON, with placeholders in strings',
  example,
  parse: (text) =>
    unknownPlaceholder(text, sample) === undefined && isJson(fillJson(text, sample)) ? text : undefined,
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // That is the answer.
  }
}
