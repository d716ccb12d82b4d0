import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { KubeConfig } from '@kubernetes/client-node'

/** What stand-ins of a Kubernetes API server have in common; each has the rules of its own test. */

/** The JSON of a request's body; without one, an empty object. */
export async function readJson(request: IncomingMessage) {
  const chunks: Buffer[] = await request.toArray()
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : JSON.parse(text)
}

export function answerJson(
  response: ServerResponse,
  status: number,
  content: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(content))
}

/** How the client finds a stand-in on this machine. */
export function configOf(port: number): KubeConfig {
  const config = new KubeConfig()
  const cluster = { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }
  config.loadFromClusterAndUser(cluster, { name: 'test' })
  return config
}

/** The watches that clients have open, by collection. */
export function createWatches<Collection extends string>() {
  const watches = new Set<{ readonly collection: Collection; readonly response: ServerResponse }>()
  return {
    open(collection: Collection, response: ServerResponse): void {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      const watch = { collection, response }
      watches.add(watch)
      response.once('close', () => watches.delete(watch))
    },
    tell(collection: Collection, type: string, object: object): void {
      const line = `${JSON.stringify({ type, object })}\n`
      for (const watch of watches) if (watch.collection === collection) watch.response.write(line)
    },
    /** Ends them all, as a load balancer does. */
    cut(): void {
      for (const { response } of watches) response.destroy()
      watches.clear()
    },
  }
}
