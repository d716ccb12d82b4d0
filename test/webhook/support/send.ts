import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { type RequestOptions, request } from 'node:https'

export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One request over HTTPS to this machine, with its whole answer. */
export async function send(options: RequestOptions, body: string | Buffer = ''): Promise<HttpResponse> {
  const sent = request({ ...options, host: 'localhost' })
  sent.end(body)
  const [response] = await once(sent, 'response')
  // A server that has answered may close while the body is still being sent.
  sent.on('error', () => {})
  const chunks: Buffer[] = await response.toArray()
  return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') }
}
