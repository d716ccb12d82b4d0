import { tlsCommand } from './commands.ts'
import { requestPath } from './request-path.ts'

/** A probe's request of the pod's own IP, as people or the API server wrote it. */
export interface ProbeRequest {
  readonly scheme: 'http' | 'https'
  readonly port: number | undefined
  readonly path: string | null | undefined
  readonly headers: readonly Header[] | null | undefined
}

interface Header {
  readonly name: string
  readonly value: string
}

/**
 * A request as `ask_text` in `sidecar/shell/request` takes it, in lines: three words of the caller's, scheme and port, what talks
 * TLS, the path, the Host header if it has one of its own, and the other headers.
 */
export function requestText(
  words: readonly [string | number, string | number, string | number],
  { scheme, port, path, headers: written }: ProbeRequest,
): string {
  const headers = (written ?? []).map(({ name, value }) => ({ name: canonical(name), value: value.trim() }))
  return [
    [...words, scheme, port].join(' '),
    tlsCommand.join(' '),
    requestPath(path || '/'),
    headers.find(({ name }) => name === 'Host')?.value ?? '',
    ...headerLines(headers),
  ].join('\n')
}

/** Go writes these by itself, and leaves out what a request without body may not have. */
const goesOwn = ['Host', 'Connection', 'Content-Length', 'Transfer-Encoding', 'Trailer']

/**
 * As the kubelet sends them: it accepts everything, unless the probe says what, or says nothing with an empty value. Its
 * User-Agent, if the probe has none, comes with its own request.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/probe/http/request.go#L70
 */
function headerLines(headers: readonly Header[]): readonly string[] {
  const [accept, ...others] = headers.filter(({ name }) => name === 'Accept')
  const accepted = accept === undefined ? [{ name: 'Accept', value: '*/*' }] : accept.value ? [accept, ...others] : []
  const [agent] = headers.filter(({ name, value }) => name === 'User-Agent' && value)
  const rest = headers.filter(({ name }) => ![...goesOwn, 'Accept', 'User-Agent'].includes(name))
  const all = [...(agent ? [agent] : []), ...accepted, ...rest, { name: 'Connection', value: 'close' }]
  return all.map(({ name, value }) => `${name}: ${value}`)
}

const canonical = (name: string) =>
  name.replaceAll(/[^-]+/g, (part) => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
