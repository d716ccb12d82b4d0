/**
 * The path of a probe as the kubelet sends it. A fragment stays behind. One with an escape that is none is all path to it,
 * query and all: https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/probe/http/request.go#L96
 */
export function requestPath(path: string): string {
  if (isPlain.test(path)) return path
  const [, before = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(path) ?? []
  return badEscape.test(before)
    ? encodeURI(absolute(path).toWellFormed()).replaceAll('?', '%3F').replaceAll('#', '%23')
    : escaped(absolute(before) + query)
}

/** Nearly all are: nothing in it has another spelling. */
const isPlain = /^\/[\w./~-]*$/

const badEscape = /%(?![0-9a-f]{2})/i

/** As Go's client sends it; Node's refuses a blank, and everybody has a spelling of their own for the rest. */
const escaped = (path: string) => encodeURI(path.toWellFormed()).replaceAll('%25', '%')

/** The kubelet joins a path without a slash to the host as it is; it asks for the same as with one. */
const absolute = (path: string) => (path.startsWith('/') ? path : `/${path}`)
