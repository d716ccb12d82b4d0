import type { ServerResponse } from 'node:http'

/** `hang` is no answer at all. */
export type Reply = Answered | 'hang'

interface Answered {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** How much later it is sent. Absent: at once. */
  readonly delayMs?: number
}

/** Problem details (RFC 9457), with members of our own. */
export function problem(status: number, title: string, detail: string, members: object = {}): Answered {
  return { status, body: { title, status, detail, ...members } }
}

export async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply === 'hang') return
  const { status, body, headers, delayMs } = reply
  if (delayMs !== undefined) await waitWithClient(response, delayMs)
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { ...headers, ...(body !== undefined && { 'content-type': type }) })
  response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`)
}

/** No longer than there is a client, so that one that left holds neither memory nor the end of the process. */
function waitWithClient(response: ServerResponse, delayMs: number): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
