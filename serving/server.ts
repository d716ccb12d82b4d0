import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer, type Server } from 'node:https'
import type { ServingCertificate } from './certificates/certificate.ts'

/** The API server keeps idle connections for 90 s (Go's default); who closes earlier makes it lose a request. */
const keepAliveTimeoutMs = 120_000

/** The longest time that a request's headers and body may take; no review's timeout is longer. */
const requestTimeoutMs = 10_000

/** An API server shakes hands and sends its headers at once; who does neither only keeps a place. */
const silenceTimeoutMs = 5_000

/** How often Node looks for those; the time that they really get is up to so much longer. */
const checkIntervalMs = 2_000

/** Those of an API server are a tenth of it. */
const maxHeaderBytes = 4 * 1024

/**
 * An API server uses a handful; what bounds the others is memory. Measured: a silent connection takes 23 KB, one that
 * has shaken hands 59, one that is kept alive 67. So many of the last kind fit into what manifests/base gives a replica,
 * beside its 64 MB at rest and the bodies that are being read.
 */
const maxConnections = 4_000

/**
 * The admission server, not listening yet. Node measures `headersTimeout` from a request's first byte, so unlike in its
 * older releases it need not be above the keep-alive; for a connection's first request, from the connection.
 */
export function createServer(certificate: ServingCertificate, routes: RequestListener): Server {
  const limits = {
    handshakeTimeout: silenceTimeoutMs,
    headersTimeout: silenceTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: checkIntervalMs,
    maxHeaderSize: maxHeaderBytes,
  }
  const server = createHttpsServer({ ...certificate, ...limits }, routes)
  server.maxConnections = maxConnections
  // Whoever is turned away comes again; an API server whose idle connection is closed opens another.
  server.on('drop', () => server.closeIdleConnections())
  return server
}
