import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** An answer of the contract is a few hundred bytes, and registries' are no longer; whoever sends more is somebody else. */
export const answerLimitBytes = 64 * 1024

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  /** Beside our own, or instead of them; by name in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Certificates in PEM: who is trusted, and nobody besides. Left out: the authorities that Node brings. */
  readonly ca?: string | undefined
  /** From name resolution to the answer's last byte. */
  readonly timeoutMs: number
  /** Gives the call up at once. */
  readonly signal?: AbortSignal | undefined
}

/** `body` is cut at {@link answerLimitBytes}, and `oversized` says so. */
export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly oversized: boolean
}

export interface Silence {
  readonly kind: 'silence'
  readonly detail: string
  /** The error's, where there was one. */
  readonly code?: string
}

/**
 * One HTTP call, bounded in time and bytes; redirects are answers like others. Never throws.
 *
 * `node:http` is loaded by the first call and not at import, and fetch is not used: the sidecar's process, which has
 * this in its bundle and seldom calls, must start in a few dozen milliseconds. Nor import(): Node's
 * module loader takes 45 ms more.
 */
export async function exchange(call: Call): Promise<Reply | Silence> {
  try {
    return await send(call)
  } catch (error) {
    // Certificates that are none, and headers that cannot be sent, are found out before anything is sent.
    return silence(error instanceof Error ? error : new Error(String(error)))
  }
}

function send(call: Call): Promise<Reply | Silence> {
  const { request } = process.getBuiltinModule(call.url.protocol === 'https:' ? 'node:https' : 'node:http')
  return new Promise((resolve) => {
    const outgoing = request(call.url, {
      method: call.method,
      // No pooled connection: there is one call in a process, and a pool would keep the process alive after it.
      agent: false,
      ...(call.ca !== undefined && { ca: call.ca }),
      headers: { accept: 'application/json', 'user-agent': 'greenroom', ...contentHeaders(call.body), ...call.headers },
    })
    const finish = (result: Reply | Silence) => {
      clearTimeout(timer)
      call.signal?.removeEventListener('abort', abort)
      outgoing.destroy()
      resolve(result)
    }
    const fall = (detail: string) => finish({ kind: 'silence', detail })
    const abort = () => fall('given up, because this process was told to stop')
    const timer = setTimeout(() => fall(`no answer within ${call.timeoutMs} ms`), call.timeoutMs)

    call.signal?.addEventListener('abort', abort)
    outgoing.on('error', (error) => finish(silence(error)))
    // Also what ends a protocol switch (101), which is neither a response nor an error. After `finish` it is a no-op.
    outgoing.on('close', () => fall('the connection was closed before the answer was complete'))
    outgoing.on('response', (incoming) => readReply(incoming, finish))
    outgoing.end(call.body)
    if (call.signal?.aborted) abort()
  })
}

function contentHeaders(body: string | undefined): Record<string, string | number> {
  if (body === undefined) return {}
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
}

function readReply(incoming: IncomingMessage, finish: (reply: Reply) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const reply = (oversized: boolean) => {
    const body = Buffer.concat(chunks).subarray(0, answerLimitBytes).toString()
    finish({ kind: 'reply', status: incoming.statusCode ?? 0, headers: incoming.headers, body, oversized })
  }
  incoming.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > answerLimitBytes) reply(true)
  })
  incoming.on('end', () => reply(false))
  // A connection reset in the middle of a body; the request's `close` reports it.
  incoming.on('error', () => {})
}

function silence(error: NodeJS.ErrnoException): Silence {
  return { kind: 'silence', detail: describeError(error), ...(error.code && { code: error.code }) }
}

/** The code where there is one: for several addresses that all failed, Node's message is empty. */
function describeError(error: NodeJS.ErrnoException): string {
  return error.code ? `${error.code}${error.message ? ` (${error.message})` : ''}` : error.message
}
