import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Answer {
  /** 0: no answer. */
  readonly status: number
  readonly body: string
}

const answerLimitMs = 2000

/** One GET, on a connection of its own. A server that speaks TLS is trusted by `ca` alone. */
export function ask(url: URL, ca?: string): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, body: '' })
    const options = { agent: false, signal: AbortSignal.timeout(answerLimitMs) } as const
    const asked = url.protocol === 'https:' ? getSecure(url, { ...options, ca }) : getPlain(url, options)
    asked.on('error', failed)
    asked.on('response', (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body: body.trim() }), failed)
    })
  })
}
