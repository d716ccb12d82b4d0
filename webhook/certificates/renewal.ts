/** Two thirds of a certificate's life leave a third for a renewal that fails at first. */
const renewAt = 2 / 3

/** After a failure; short against what is left of the certificate. */
const retryMs = 60_000

export interface Renewal<T> {
  readonly lifeMs: number
  readonly issue: () => Promise<T>
  readonly apply: (fresh: T) => void
  readonly onError: (error: unknown) => void
}

/** Issues and applies again and again, each time at two thirds of a life; returns its undo. */
export function keepRenewed<T>({ lifeMs, issue, apply, onError }: Renewal<T>): () => void {
  let timer = setTimeout(renew, lifeMs * renewAt)
  async function renew() {
    timer = setTimeout(renew, (await isRenewed()) ? lifeMs * renewAt : retryMs)
  }
  async function isRenewed(): Promise<boolean> {
    try {
      apply(await issue())
      return true
    } catch (error) {
      onError(error)
      return false
    }
  }
  return () => clearTimeout(timer)
}
