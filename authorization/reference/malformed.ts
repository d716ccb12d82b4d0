/** What a reading is where it cannot be read: where, what was found, what was expected, how to mend it. */
export interface Malformed {
  readonly kind: 'malformed'
  readonly detail: string
}

/** Anybody may send anything, so little of it comes back. */
const shownLength = 80

/** `fix` is a whole sentence, or nothing where `expected` says it all. */
export function malformed(at: string, found: unknown, expected: string, fix = ''): Malformed {
  const shown = found === undefined ? 'missing' : JSON.stringify(found).slice(0, shownLength)
  return { kind: 'malformed', detail: `${at} is ${shown}, expected ${expected}. ${fix}`.trimEnd() }
}
