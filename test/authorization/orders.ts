import { type Answer, requestAuthorization } from '../../authorization/client.ts'

/** What a pod asks for, where the test does not care. */
export const body = {
  application: 'orders',
  namespace: 'shop',
  pod: 'orders-1',
  ip: '10.1.2.3',
  ips: ['10.1.2.3'],
  resources: ['mysql:orders'],
}

/** Far above what loopback needs, far below what a test may take. */
export const timeoutMs = 10_000

/** Asks a service for that, but for what is said about it. */
export const ask = (
  { endpoint }: { readonly endpoint: string },
  podUid: string,
  about: Partial<typeof body> = {},
): Promise<Answer> => requestAuthorization({ service: { endpoint }, podUid, body: { ...body, ...about }, timeoutMs })
