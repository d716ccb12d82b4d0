import { once } from 'node:events'
import { createServer } from 'node:http'
import { listeningPort } from './peer.ts'

const store = {
  apiVersion: 'pepr.dev/v1',
  kind: 'PeprStore',
  metadata: { name: 'pepr-greenroom-store', namespace: 'pepr-system', uid: 'u', resourceVersion: '1', labels: {} },
  data: {},
}

/**
 * As much of a Kubernetes API as pepr asks before it serves: it reads its store, patches it, lists it and watches it. Nothing of
 * that is in a review. Resolves with its kubeconfig and its undo.
 */
export async function startStandIn(): Promise<{ readonly kubeconfig: string; stop(): void }> {
  const server = createServer(({ method, url = '' }, response) => {
    response.setHeader('Content-Type', 'application/json')
    const list = {
      kind: 'PeprStoreList',
      apiVersion: 'pepr.dev/v1',
      metadata: { resourceVersion: '1' },
      items: [store],
    }
    if (url.includes('watch=true')) response.flushHeaders()
    else response.end(JSON.stringify(method === 'GET' && /peprstores(\?|$)/.test(url) ? list : store))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const cluster = { server: `http://127.0.0.1:${listeningPort(server)}`, 'insecure-skip-tls-verify': true }
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'nobody' } }],
    'current-context': 'stand-in',
  })
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { kubeconfig, stop }
}
