/**
 * What the body of a review may be. Only creations are registered, so it holds one pod: at most 3 MiB, for that is the
 * most that an API server reads of a request, and twice what etcd stores (protobuf, which JSON may double). 1 MiB more
 * is for what the API server adds: who asks, with all groups, and the managed fields. Above that it is no review.
 * Sources: `MaxRequestBodyBytes` in k8s.io/apiserver; controller-runtime's `pkg/webhook/admission/http.go`, whose limit
 * also has room for the second pod of an update.
 */
export const bodyLimitBytes = (3 + 1) * 1024 * 1024

/**
 * Members and items that a review may have. What JSON becomes in memory depends on them and not on its bytes: measured,
 * up to 600 bytes each where every object has a key of its own. A pod of a thousand environment variables has 12,000,
 * managed fields included.
 */
export const structureLimit = 50_000

/**
 * Smaller bodies are never too much: the least bytes that become an object of its own kind are eight, so that of this many comes less
 * than of a larger body with all that it may have.
 */
const simpleBytes = 256 * 1024

const structural = new Uint8Array(256)
for (const byte of Buffer.from('[{,')) structural[byte] = 1

/**
 * Whether a body would be too much to parse, by the bytes that begin a list, an object or another member of one. Those
 * in strings count too: to tell them apart would be to parse.
 */
export function isTooIntricate(body: Buffer): boolean {
  if (body.length <= simpleBytes) return false
  let count = 0
  for (let index = 0; index < body.length; index += 1) count += structural[body[index] ?? 0] ?? 0
  return count > structureLimit
}
