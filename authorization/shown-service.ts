import type { AuthorizationService } from './client.ts'

/** Who is asked, for logs: without the user and password that a URL may carry, and without its query. */
export function showService({ endpoint, requests }: AuthorizationService): string {
  // A template has neither user nor password, and URL would escape its placeholders.
  if (requests) return requests.grant.url.replace(/\?.*/s, '')
  const url = URL.parse(endpoint ?? '')
  return url ? `${url.protocol}//${url.host}${url.pathname}`.replace(/\/$/, '') : 'no endpoint'
}
