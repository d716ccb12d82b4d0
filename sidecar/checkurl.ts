import { connect, isIPv6 } from 'node:net'
import type { Checkurl } from '../policy/settings.ts'

/** One answer is waited for this long, as in the kubelet's default `timeoutSeconds`. */
const answerTimeoutMs = 1000

/** `refused`: nothing listens yet, so asking again at once costs nothing. */
export type CheckurlAnswer =
  | { readonly type: 'ok'; readonly detail: string }
  | { readonly type: 'not-yet'; readonly detail: string }
  | { readonly type: 'refused'; readonly detail: string }

/**
 * Asks the app once, at the pod's own IP, as the kubelet's probe would. A derived checkurl passes on 200 to 399, an
 * annotated one on exactly 200; redirects are answers and are not followed. Certificates are not verified, as the
 * kubelet does not. Never rejects.
 */
export async function askCheckurl(checkurl: Checkurl, host: string): Promise<CheckurlAnswer> {
  // Node throws for a header that it would not send, such as one with a line break: the kubelet's probe fails too.
  return checkurl.kind === 'tcp' ? askTcp(checkurl.port, host) : askHttp(checkurl, host).catch(ofError)
}

/** For people, in one line: a probe's path may hold anything. */
export function urlOf(checkurl: Checkurl, host: string): string {
  const place = `${isIPv6(host) ? `[${host}]` : host}:${checkurl.port}`
  if (checkurl.kind === 'tcp') return `tcp://${place}`
  return `${checkurl.scheme}://${place}${checkurl.path.replace(/[\s\p{Cc}]/gu, '?')}`
}

function askTcp(port: number, host: string): Promise<CheckurlAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: answerTimeoutMs })
    const answer = (value: CheckurlAnswer) => {
      socket.destroy()
      resolve(value)
    }
    socket.on('connect', () => answer({ type: 'ok', detail: 'accepted the connection' }))
    socket.on('timeout', () => answer({ type: 'not-yet', detail: 'did not accept within 1 s' }))
    socket.on('error', (error) => answer(ofError(error)))
  })
}

async function askHttp(checkurl: Extract<Checkurl, { kind: 'http' }>, host: string): Promise<CheckurlAnswer> {
  // Loaded here, for most wake-ups of this process ask nothing. Not by import(): Node's module loader takes 45 ms more.
  const { request } = process.getBuiltinModule(checkurl.scheme === 'https' ? 'node:https' : 'node:http')
  const { port, path, exactly200 } = checkurl
  const headers: Record<string, string> = { 'user-agent': 'greenroom', connection: 'close' }
  for (const { name, value } of checkurl.headers) headers[name.toLowerCase()] = value

  return new Promise((resolve) => {
    const asked = request({ host, port, path, headers, agent: false, rejectUnauthorized: false }, (response) => {
      const code = response.statusCode ?? 0
      const passes = exactly200 ? code === 200 : code >= 200 && code < 400
      response.destroy()
      resolve({ type: passes ? 'ok' : 'not-yet', detail: `answered ${code}` })
    })
    const timer = setTimeout(() => asked.destroy(new Error('did not answer within 1 s')), answerTimeoutMs)
    asked.on('error', (error) => resolve(ofError(error)))
    asked.on('close', () => clearTimeout(timer))
    asked.end()
  })
}

function ofError(error: Error): CheckurlAnswer {
  const isRefused = 'code' in error && error.code === 'ECONNREFUSED'
  return isRefused ? { type: 'refused', detail: 'refused the connection' } : { type: 'not-yet', detail: error.message }
}
