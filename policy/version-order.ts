/**
 * The newer of two releases, the first where they are the same. What follows `-` is a pre-release, older than the release of
 * the same numbers (https://semver.org/#spec-item-11); two of those are ordered as text.
 */
export function newestVersion(a: string, b: string): string {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (const [index, number] of left.numbers.entries()) {
    const other = right.numbers[index] ?? 0
    if (number !== other) return number > other ? a : b
  }
  if (left.rest === right.rest || left.rest === '') return a
  return right.rest === '' || right.rest > left.rest ? b : a
}

function partsOf(version: string) {
  const [numbers = '', ...rest] = version.split('-')
  return { numbers: numbers.split('.').map(Number), rest: rest.join('-') }
}
