import { diffLines } from 'diff'

export type DiffLine =
  | { readonly sign: '+' | '-' | ' '; readonly text: string }
  | { readonly sign: 'fold'; readonly count: number }

/** Unchanged lines that are shown around a change; a longer stretch between changes is folded. */
const context = 2

/** What changed from one text to the other, line by line. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const changes = diffLines(before, after)
  return changes.flatMap(({ added, removed, value }, index) => {
    const texts = value.replace(/\n$/, '').split('\n')
    if (added || removed) return texts.map((text) => ({ sign: added ? ('+' as const) : ('-' as const), text }))
    return fold(texts, index === 0 ? 0 : context, index === changes.length - 1 ? 0 : context)
  })
}

function fold(texts: readonly string[], head: number, tail: number): readonly DiffLine[] {
  const same = (text: string) => ({ sign: ' ' as const, text })
  const count = texts.length - head - tail
  // To fold a single line would only hide it.
  if (count <= 1) return texts.map(same)
  return [...texts.slice(0, head).map(same), { sign: 'fold', count }, ...texts.slice(texts.length - tail).map(same)]
}
