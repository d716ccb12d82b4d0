import { randomFillSync } from 'node:crypto'

const tokenBytes = 18
const tokensAtOnce = 256

/** Draws a secret at each call. Randomness is fetched for many at once: to ask for it takes longer than to use it. */
export function createTokenSource(): () => string {
  const pool = Buffer.alloc(tokensAtOnce * tokenBytes)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const token = pool.toString('base64url', used, used + tokenBytes)
    used += tokenBytes
    return token
  }
}
