import { readFileSync } from 'node:fs'

/** The file's text without blanks around it. Throws, without showing any of it, where it is empty or cannot be read. */
export function readSecret(path: string): string {
  const secret = readFileSync(path, 'utf8').trim()
  if (secret === '') throw new Error(`${path} is empty, expected a token. Write one, or leave --token-file out.`)
  return secret
}
