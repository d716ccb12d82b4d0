import { once } from 'node:events'
import { createServer } from 'node:net'

/** Throws where somebody listens on the port already: what is about to be started there would not be what answers. */
export async function requireFreePort(port: number, owner: string): Promise<void> {
  const server = createServer()
  try {
    server.listen(port)
    await once(server, 'listening')
  } catch (cause) {
    const found = `Port ${port}, wanted by ${owner}, is in use on this machine.`
    throw new Error(`${found} See who has it with \`ss -ltnp 'sport = :${port}'\`, end that, and try again.`, { cause })
  } finally {
    server.close()
  }
}
