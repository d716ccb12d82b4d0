import { unexpanded } from './commands.ts'
import { requestText } from './request-text.ts'
import type { Checkurl } from './settings.ts'

/** As many requests as the kubelet makes for one probe; the first answer alone where it is to be 200. */
const mostAsks = { kubelet: 10, 'exactly-200': 1 } as const

/** As long as the liveness probe waits for the app itself. */
const limitSeconds = 2

/**
 * What `sidecar/shell/vouch` is to ask in place of the composite liveness probe, where the probe's own program cannot: over TLS, or
 * behind a redirect. Empty where it can.
 */
export function vouchText(checkurl: Checkurl): string {
  if (checkurl.kind === 'tcp' || (checkurl.scheme === 'http' && checkurl.exactly200)) return ''
  const rule = checkurl.exactly200 ? 'exactly-200' : 'kubelet'
  return unexpanded(requestText([rule, mostAsks[rule], limitSeconds], checkurl))
}
