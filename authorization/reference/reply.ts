import type { ServerResponse } from 'node:http'

/** `hang` is no answer at all. */
export type Reply = Answered | 'hang'

interface Answered {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Problem details (RFC 9457). */
export function problem(status: number, title: string, detail: string): Answered {
  return { status, body: { title, status, detail } }
}

export function sendReply(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return
  const { status, body, headers } = reply
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { ...headers, ...(body !== undefined && { 'content-type': type }) })
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`)
}
