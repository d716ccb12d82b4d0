const member = Buffer.from('"managedFields":[')

const [quote, backslash, comma, brace, bracket] = Buffer.from('"\\,{[')
const [closingBrace, closingBracket] = Buffer.from('}]')

/**
 * Writes blanks over the managed fields of a review, in place. Nobody here reads them, they are up to half of a pod, and to parse
 * them takes longer than all the rest: each of their keys is another one. JSON has no other place for these bytes than a member of
 * that name, for in a string the quotes would be escaped. Written in another way, they stay.
 */
export function blankManagedFields(body: Buffer): void {
  const at = body.indexOf(member)
  const before = body[at - 1]
  if (at === -1 || (before !== comma && before !== brace)) return
  const start = at + member.length
  const end = endOfList(body, start)
  if (end !== undefined) body.fill(' ', start, end)
}

/** Index of the bracket that closes the list whose items begin at `start`; undefined where none does. */
function endOfList(body: Buffer, start: number): number | undefined {
  let depth = 1
  let isInString = false
  for (let index = start; index < body.length; index += 1) {
    const byte = body[index]
    if (isInString) {
      if (byte === backslash) index += 1
      else if (byte === quote) isInString = false
    } else if (byte === quote) isInString = true
    else if (byte === brace || byte === bracket) depth += 1
    else if (byte === closingBrace || byte === closingBracket) {
      depth -= 1
      if (depth === 0) return index
    }
  }
  return undefined
}
