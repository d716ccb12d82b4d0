/** The promise's value, or undefined where it takes longer; the promise goes on. */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: first, resolve, reject } = Promise.withResolvers<T | undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  promise.then(resolve, reject).finally(() => clearTimeout(timer))
  return first
}
