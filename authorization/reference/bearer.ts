import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Tells whether an `Authorization` header carries the token (RFC 6750). It takes equally long for all headers of one
 * length: what is compared are digests, which are of one length and which nobody can choose.
 */
export function createBearerCheck(token: string): (header: string | undefined) => boolean {
  const expected = digest(token)
  return (header = '') => {
    // The scheme is written in any case (RFC 9110, 11.1).
    const [, found = ''] = /^bearer +(.*)$/i.exec(header) ?? []
    return timingSafeEqual(digest(found), expected)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
