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
  const { promise, resolve, reject } = Promise.withResolvers<Stored>()
  const headers = { 'content-type': 'application/json' }
  const asked = request({ ...(await server), path, method: 'POST', headers }, async (response) => {
    const answer = await text(response)
    if (response.statusCode === 201) resolve(JSON.parse(answer))
    else reject(new Error(`${response.statusCode} ${answer}`))
  })
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
