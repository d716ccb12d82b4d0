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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // No JSON at all is malformed, like JSON of another shape.
  }
}
