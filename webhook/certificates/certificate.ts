/** A certificate and its private key, each in PEM. */
export interface ServingCertificate {
  readonly cert: string
  readonly key: string
}

/** Where the server's certificate comes from. */
export interface CertificateSource {
  readonly certificate: ServingCertificate
  /** Tells the API server whom to trust, and again when it has forgotten; resolves, once it knows, to its undo. */
  publish(): Promise<() => void>
  /** Hands over every later certificate; returns its undo. */
  keepFresh(apply: (certificate: ServingCertificate) => void): () => void
}
