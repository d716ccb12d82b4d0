import { helperCommand } from './commands.ts'
import { resolvePort } from './container-ports.ts'
import { helperMountPath, runMountPath } from './names.ts'
import type { RawContainer, RawHandler } from './schema/pod.ts'

/** In place of a host: the pod's own IP, which nobody knows at admission. */
const podIp = '-'

/**
 * A lifecycle handler as a command in its container; undefined where it cannot be one. The kubelet expands nothing in it.
 * No HTTPS: the TLS of the helper's busybox is older than what today's servers accept, and a newer one is too large.
 *
 * | handler | command |
 * |---|---|
 * | none | nothing |
 * | exec | its own |
 * | httpGet | the helper's `get` |
 * | httpGet by HTTPS, or of a port by a name that the container does not have | – |
 * | sleep | the helper's `sleep` |
 * | tcpSocket, or of a kind that is newer than Greenroom | – |
 */
export function handlerCommand(handler: RawHandler, container: RawContainer): readonly string[] | undefined {
  if (!handler) return []
  const { exec, httpGet, sleep } = handler
  if (exec) return exec.command ?? []
  if (sleep) return [`${helperMountPath}/busybox`, 'sleep', String(sleep.seconds)]
  const port = httpGet ? resolvePort(httpGet.port, container) : undefined
  if (!httpGet || port === undefined || isHttps(httpGet)) return undefined
  const { host, path, httpHeaders } = httpGet
  const headers = (httpHeaders ?? []).map(({ name, value }) => `${name}: ${value}`)
  const place = [host || podIp, String(port), (path ?? '').replace(/^\/?/, '/')]
  return helperCommand('get', runMountPath, ...place, ...headers)
}

export const isHttps = ({ scheme }: { readonly scheme?: string | null | undefined }): boolean => scheme === 'HTTPS'
