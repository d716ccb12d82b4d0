/**
 * Whether a name fits a pattern in which `*` stands for any characters, and for none; all others stand for themselves. No
 * regular expression: names come from pods, and with many stars it could be made to try for long.
 */
export function fitsPattern(pattern: string, name: string): boolean {
  const [begin = '', ...others] = pattern.split('*')
  const end = others.pop()
  if (end === undefined) return name === pattern
  if (!name.startsWith(begin) || !name.endsWith(end) || name.length < begin.length + end.length) return false
  const middle = name.slice(begin.length, name.length - end.length)
  let from = 0
  // The first place of each part is the best: it leaves most for those that follow.
  return others.every((part) => {
    const at = middle.indexOf(part, from)
    from = at + part.length
    return at !== -1
  })
}
