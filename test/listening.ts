import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Server } from 'node:net'

/** Opens a server at a free port of a loopback address, until the test is over. Resolves with the port. */
export async function listening(
  t: { teardown(undo: () => void): void },
  server: Server | HttpServer | HttpsServer,
  host = '127.0.0.1',
): Promise<number> {
  await once(server.listen(0, host), 'listening')
  t.teardown(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port')
  return address.port
}
