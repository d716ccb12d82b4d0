import { annotations } from '../policy/annotations.ts'

const managedFields = Buffer.from('"managedFields":[')
const environment = Buffer.from('"env":[')

/**
 * What a review holds where a container's environment matters to it: a container of ours, that of Istio, which has kept the app's probes in
 * it, and a preStart that may get an init container with the app's.
 */
const readers = ['"name":"greenroom', '"name":"istio-proxy"', `"${annotations.preStart.key}"`].map((text) =>
  Buffer.from(text),
)

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c] as const
const [bracket, closingBracket, brace, closingBrace] = [0x5b, 0x5d, 0x7b, 0x7d] as const

/** Of less the environment is parsed in the time that it takes to cut it out. */
const largeBytes = 16 * 1024

/**
 * A review without managed fields, which are up to half of a pod, and other ones for each pod. Nobody here reads them, and to parse them
 * takes longer than to cut them out: they become an empty list. JSON has no other place for these bytes than a member of that name, for
 * in a string the quotes would be escaped. Written in another way, they stay. The body is no longer what it was.
 */
export const cutManagedFields = (body: Buffer): Buffer => emptyLists(body, managedFields, () => body)

/** The same for the environments of containers, which are often the most of what is left, unless somebody here reads them. */
export function cutEnvironments(body: Buffer): Buffer {
  if (body.length < largeBytes) return body
  const read = emptyLists(body, environment, Buffer.allocUnsafe)
  // Looked for in what is left, which is little.
  return readers.some((reader) => read.includes(reader)) ? body : read
}

/** Into a buffer of that many bytes, which may be the body itself: nothing moves to where it has not been read yet. */
function emptyLists(body: Buffer, member: Buffer, bufferOf: (bytes: number) => Buffer): Buffer {
  const lists = listsOf(body, member)
  if (lists.length === 0) return body
  const others = bufferOf(lists.reduce((bytes, { start, end }) => bytes - (end - start), body.length))
  let [size, read] = [0, 0]
  for (const { start, end } of lists) {
    size += body.copy(others, size, read, start)
    read = end
  }
  return others.subarray(0, size + body.copy(others, size, read))
}

interface Span {
  readonly start: number
  /** Of the bracket that closes the list. */
  readonly end: number
}

function listsOf(body: Buffer, member: Buffer): Span[] {
  const lists: Span[] = []
  let at = body.indexOf(member)
  while (at !== -1) {
    const start = at + member.length
    const isMember = body[at - 1] === comma || body[at - 1] === brace
    const end = isMember ? endOfList(body, start) : start
    if (end === undefined) break // No JSON: then no other list ends either.
    if (end > start) lists.push({ start, end })
    at = body.indexOf(member, end)
  }
  return lists
}

/** Index of the bracket that closes the list whose items begin at `start`; undefined where none does. */
function endOfList(body: Buffer, start: number): number | undefined {
  let depth = 1
  let index = start
  while (index < body.length) {
    const byte = body[index]
    if (byte === quote) index = endOfString(body, index + 1)
    else if (byte === brace || byte === bracket) depth += 1
    else if (byte === closingBrace || byte === closingBracket) {
      depth -= 1
      if (depth === 0) return index
    }
    index += 1
  }
  return undefined
}

/** Index of the quote that ends the string whose text begins at `start`; beyond the body where none does. */
function endOfString(body: Buffer, start: number): number {
  let index = start
  let byte = body[index]
  while (byte !== quote && byte !== undefined) {
    index += byte === backslash ? 2 : 1
    byte = body[index]
  }
  return index
}
