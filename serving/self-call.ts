import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { request, type Server } from 'node:https'
import { isIP } from 'node:net'
import { TLSSocket } from 'node:tls'

/** As long as an API server waits for an answer of ours. */
const timeoutMs = 5_000

/**
 * Asks a server of this process as a client does, over a connection of its own, and resolves to the certificate that it shows.
 * Whether that is the right one is the caller's to say: OpenSSL would judge by this machine's clock. Rejects where no answer comes.
 */
export async function callSelf(server: Server, host: string): Promise<X509Certificate> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  const asked = request({
    host: address.family === 'IPv6' ? '::1' : '127.0.0.1',
    port: address.port,
    path: '/healthz',
    agent: false,
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(timeoutMs),
    ...(isIP(host) === 0 && { servername: host }),
  })
  asked.end()
  const [response] = await once(asked, 'response')
  const { socket, statusCode } = response
  const served = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  response.resume()
  if (statusCode !== 200) throw new Error(`the server answered its own call with ${statusCode}`)
  if (!served) throw new Error('the server showed no certificate')
  return served
}
