/** Edits beyond which a key is no longer taken for a typo of another: a third of its letters, at least two. */
const editLimit = (word: string) => Math.max(2, Math.floor(word.length / 3))

/** The candidate that takes the fewest edits to reach from `word`; undefined where none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = editLimit(word)
  const [best] = candidates
    .filter(({ length }) => Math.abs(length - word.length) <= limit) // Each letter too many or too few is an edit.
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate) }))
    .sort((one, other) => one.edits - other.edits)
  return best && best.edits <= limit ? best.candidate : undefined
}

/** Levenshtein's distance by the rows of Wagner and Fischer's table (JACM 21, 1974). */
export function editDistance(from: string, to: string): number {
  const target = [...to]
  let row = [0, ...target.map((_, column) => column + 1)]
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [column, other] of target.entries()) {
      const [left = 0, above = 0, diagonal = 0] = [next[column], row[column + 1], row[column]]
      next.push(Math.min(left + 1, above + 1, diagonal + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
