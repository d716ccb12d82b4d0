import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { KubeConfig } from '@kubernetes/client-node'

/** One connection for each that is at work. */
const server = openServer()

/**
 * Posts an object to the API server as it is, and resolves to its answer as that is: client-node leaves out what its release does
 * not know, and kubectl sends one after another. Rejects where nothing was created.
 */
export async function post<Stored>(path: string, object: Stored | object): Promise<Stored> {
  const { status, answer } = await send('POST', path, { object, headers: { 'content-type': 'application/json' } })
  if (status !== 201) throw new Error(`${status} ${answer}`)
  return JSON.parse(answer)
}

/** Sends a merge patch in somebody's name, without reading the object before, as kubectl would; resolves to what the API server says. */
export async function patchAs(user: string, path: string, object: object): Promise<{ status: number; answer: string }> {
  const headers = { 'content-type': 'application/merge-patch+json', 'impersonate-user': user }
  return send('PATCH', path, { object, headers })
}

interface Request {
  readonly object: unknown
  readonly headers: Readonly<Record<string, string>>
}

async function send(method: string, path: string, { object, headers }: Request) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; answer: string }>()
  const asked = request({ ...(await server), path, method, headers }, async (response) =>
    resolve({ status: response.statusCode ?? 0, answer: await text(response) }),
  )
  asked.on('error', reject).end(JSON.stringify(object))
  return promise
}

async function openServer() {
  const config = new KubeConfig()
  config.loadFromDefault()
  const { hostname, port } = new URL(config.getCurrentCluster()?.server ?? '')
  const options = { hostname, port }
  await config.applyToHTTPSOptions(options)
  return { ...options, agent: new Agent({ keepAlive: true }) }
}
