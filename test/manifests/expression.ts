/** What an expression of PromQL names, as far as ours go: selectors, functions, groupings. */
export interface Expression {
  readonly hasBalancedBrackets: boolean
  /** Series, each with the labels that its matchers ask for. */
  readonly selectors: readonly { readonly series: string; readonly labels: readonly string[] }[]
  /** Labels in `by (…)` and `on (…)`. */
  readonly groupings: readonly string[]
}

/**
 * Every other word is a series, so a typo in one is not taken for something else. `absent` and `vector` are missing on purpose:
 * with them an alert could fire where there is no gate at all.
 */
const words = ['and', 'or', 'unless', 'offset', 'by', 'on', 'sum', 'min', 'max', 'count', 'group']
const functions = ['rate', 'increase', 'histogram_quantile', 'last_over_time', 'max_over_time', 'label_values', 'time']
const known: ReadonlySet<string> = new Set([...words, ...functions])

/** Reads `text`, in which Grafana's variables may stand as values and as durations. */
export function readExpression(text: string): Expression {
  const bare = text.replace(/"[^"]*"/g, '""')
  const groupings = [
    ...[...bare.matchAll(/\b(?:by|on) *\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */)),
    ...[...bare.matchAll(/^label_values\(.*, *(\w+)\)$/g)].map(([, label = '']) => label),
  ]
  const rest = bare
    .replace(/\b(by|on) *\([^)]*\)/g, '$1')
    .replace(/^(label_values\(.*), *\w+\)$/, '$1)')
    .replace(/\[[^\]]*\]/g, '')
  const selectors = [...rest.matchAll(/\b([a-zA-Z_]\w*) *(?:\{([^}]*)\})?/g)]
    .filter(([, word = '']) => !known.has(word))
    .filter(({ index }) => !isInBraces(rest, index))
    .map(([, series = '', matchers = '']) => ({
      series,
      labels: [...matchers.matchAll(/(\w+) *(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    }))
  return { hasBalancedBrackets: isBalanced(bare), selectors, groupings }
}

const isInBraces = (text: string, index: number) => text.lastIndexOf('{', index) > text.lastIndexOf('}', index)

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

function isBalanced(text: string): boolean {
  const open: string[] = []
  for (const bracket of text.match(/[()[\]{}]/g) ?? []) {
    const opening = pairs[bracket]
    if (opening === undefined) open.push(bracket)
    else if (open.pop() !== opening) return false
  }
  return open.length === 0
}
