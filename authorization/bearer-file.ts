import { closeSync, openSync, readSync } from 'node:fs'

/** `missing` carries a sentence for people, without anything that the file has. */
export type BearerReading =
  | { readonly kind: 'bearer'; readonly bearer: string }
  | { readonly kind: 'missing'; readonly detail: string }

/** A service account's token is a good kilobyte; a header as a whole may be no more than this at most servers. */
const mostBytes = 8 * 1024

/** The token as it is now, for the kubelet renews it. */
export function readBearer(file: string): BearerReading {
  const text = readStart(file)
  if (text === null) return missing(file, 'cannot be read')
  const bearer = text.trim()
  if (bearer === '') return missing(file, 'is empty')
  // A header takes no line breaks, and letters of other scripts are no token: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
  if (!/^[!-~]+$/.test(bearer) || text.length > mostBytes) return missing(file, 'is no token')
  return { kind: 'bearer', bearer }
}

function missing(file: string, what: string): BearerReading {
  const expected = `a token in one line of at most ${mostBytes / 1024} KiB`
  return {
    kind: 'missing',
    detail: `${file} ${what}, expected ${expected}; look at the pod's events, and at token in the policy's authorization`,
  }
}

/** One byte more than is allowed, so that too much is seen. */
function readStart(file: string): string | null {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const buffer = Buffer.alloc(mostBytes + 1)
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0))
  } catch {
    return null // The caller says which file; why is not for a message that travels.
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
