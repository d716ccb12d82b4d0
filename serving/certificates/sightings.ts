/** Since when each certificate has been seen in everything that tells whom to trust, without a gap. */
export interface Sightings {
  /** What is there, and which certificates are of interest. */
  note(bundles: readonly string[], certs: readonly string[]): void
  readonly forMs: (cert: string) => number
}

/** By a clock that nobody sets. */
export function createSightings(steadyMs: () => number): Sightings {
  let since = new Map<string, number>()
  return {
    note(bundles, certs) {
      // What was missing has just been written: from now on.
      since = new Map(certs.map((cert) => [cert, (isIn(bundles, cert) ? since.get(cert) : undefined) ?? steadyMs()]))
    },
    forMs(cert) {
      const sinceMs = since.get(cert)
      return sinceMs === undefined ? 0 : steadyMs() - sinceMs
    },
  }
}

/** Whether all of them have it, and there is one at all. */
export const isIn = (bundles: readonly string[], cert: string): boolean =>
  bundles.length > 0 && bundles.every((bundle) => bundle.includes(cert))
