/**
 * Text of others (a server's answer, an operating system's error) as part of one of our own lines: no control
 * characters, so that it can neither start a line of its own nor colour a terminal, and no longer than `limit`.
 */
export function oneLine(text: string, limit: number): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`
}
