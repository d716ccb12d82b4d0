import { bounded } from './bounded.ts'
import type { Format } from './format.ts'
import { dnsLabel } from './name.ts'

/** A checkurl as an annotation writes it; the port may still be a name, or be left to the pod's probe. */
export type CheckurlText =
  | {
      readonly kind: 'http'
      readonly scheme: 'http' | 'https'
      readonly port: PortText | undefined
      readonly path: string
    }
  | { readonly kind: 'tcp'; readonly port: PortText }

/** A port's number, or the name that the container gives it. */
export type PortText = number | string

/** Longer URLs than that are refused by many servers. */
const mostBytes = 2_000

/** `:port/path`, `/path` or `tcp://:port`, in the own pod only, hence without a host; `https://:port/path` for TLS. */
export const checkurl: Format<CheckurlText> = bounded(
  {
    expected: '[https://]:port/path, /path, tcp://:port',
    example: ':8080/health',
    parse(text) {
      const [whole, scheme = 'http', portText, path] =
        /^(?:(https?|tcp):\/\/)?(?::([a-z0-9-]+))?(\/[!-~]*)?$/.exec(text) ?? []
      const port = portText === undefined ? undefined : parsePort(portText)
      if (!whole || (portText !== undefined && port === undefined)) return undefined
      if (scheme === 'tcp') return port === undefined || path !== undefined ? undefined : { kind: 'tcp', port }
      if (path === undefined) return undefined
      return { kind: 'http', scheme: scheme === 'https' ? 'https' : 'http', port, path }
    },
  },
  mostBytes,
)

function parsePort(text: string): PortText | undefined {
  if (!/^\d+$/.test(text)) return dnsLabel.parse(text)
  const port = Number(text)
  return port >= 1 && port <= 65_535 ? port : undefined
}
