import { parseJson } from '../json.ts'
import type { Format } from './format.ts'

/** A command as JSON: `["java", "-jar", "/app.jar"]`. */
export const jsonArray: Format<readonly string[]> = {
  expected: 'a JSON array of strings',
  example: '["java", "-jar", "/app.jar"]',
  parse(text) {
    const value = parseJson(text)
    return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
      ? value
      : undefined
  },
}
