/** How many calls the server takes; what is more is answered 429. Fractions are allowed: 0.5 is one in two seconds. */
export interface Capacity {
  readonly callsPerSecond: number
}

export interface Bucket {
  readonly tokens: number
  /** When there were so many; any clock that never goes back. */
  readonly atMs: number
}

/** Holds what flows in within one second, and at least the one token without which nothing would ever be taken. */
export function fullBucket({ callsPerSecond }: Capacity, nowMs: number): Bucket {
  return { tokens: Math.max(1, callsPerSecond), atMs: nowMs }
}

export type Taking =
  | { readonly kind: 'taken'; readonly bucket: Bucket }
  /** `waitMs`: until there is a whole token, if nobody else takes it. */
  | { readonly kind: 'empty'; readonly bucket: Bucket; readonly waitMs: number }

/** One token for one call. In any t seconds there are at most `callsPerSecond` × t of them and one bucketful. */
export function takeToken(bucket: Bucket, capacity: Capacity, nowMs: number): Taking {
  const flownIn = ((nowMs - bucket.atMs) * capacity.callsPerSecond) / 1000
  const tokens = Math.min(fullBucket(capacity, nowMs).tokens, bucket.tokens + flownIn)
  if (tokens >= 1) return { kind: 'taken', bucket: { tokens: tokens - 1, atMs: nowMs } }
  return { kind: 'empty', bucket: { tokens, atMs: nowMs }, waitMs: ((1 - tokens) * 1000) / capacity.callsPerSecond }
}
