/** An operation of a JSON Patch (RFC 6902). Greenroom adds and replaces; it never removes what others wrote. */
export interface Operation {
  readonly op: 'add' | 'replace'
  readonly path: string
  readonly value: unknown
}

/** A JSON Pointer (RFC 6901, 3: `~` and `/` are escaped). */
export function pointer(...tokens: readonly (string | number)[]): string {
  let text = ''
  for (const token of tokens) text += `/${typeof token === 'string' && special.test(token) ? escaped(token) : token}`
  return text
}

const special = /[~/]/

const escaped = (token: string) => token.replaceAll('~', '~0').replaceAll('/', '~1')

export const add = (path: string, value: unknown): Operation => ({ op: 'add', path, value })

export const replace = (path: string, value: unknown): Operation => ({ op: 'replace', path, value })

/**
 * Sets one entry of a map that exists, such as the annotations; none where it has that value already. `add` replaces
 * an existing member (RFC 6902, 4.1).
 */
export function setEntry(
  map: Readonly<Record<string, string>> | null | undefined,
  path: string,
  key: string,
  value: string,
): Operation[] {
  return map?.[key] === value ? [] : [add(`${path}${pointer(key)}`, value)]
}
