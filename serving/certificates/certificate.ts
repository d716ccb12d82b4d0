/** A certificate and its private key, each in PEM. */
export interface ServingCertificate {
  readonly cert: string
  readonly key: string
}

/** Where the server's certificate comes from. */
export interface CertificateSource {
  /** To begin with. */
  readonly certificate: ServingCertificate
  /**
   * Tells whoever calls the server whom to trust, and hands over every later certificate. Resolves, once they know, to its
   * undo.
   */
  keep(apply: (certificate: ServingCertificate) => void): Promise<() => void>
  /** What the certificate that is served has to be, for whoever calls. */
  expected(): Expectation
  /** Ends of certificates, in milliseconds since the epoch, by what they are. */
  expiries(): Readonly<Record<string, number>>
}

/** What a client looks at in a server's certificate. */
export interface Expectation {
  /** The name, or the address, by which it asks. */
  readonly host: string
  /** Certificates of authorities in PEM; undefined: not known here. */
  readonly trusted: readonly string[] | undefined
  readonly nowMs: number
}
