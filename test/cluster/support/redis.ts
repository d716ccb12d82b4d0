import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The node's address, which pods reach, and a port that nothing of the cluster has. */
const [host, port] = ['192.0.2.1', '16379']
export const redisUrl = `redis://${host}:${port}`

export interface Redis {
  /** As a machine dies: at once, with all that it has counted. */
  readonly kill: () => Promise<void>
}

/** Debian's redis-server, in memory only; resolves when it takes connections. */
export async function startRedis(t: { teardown(undo: () => unknown): void }): Promise<Redis> {
  const options = ['--bind', host, '--port', port, '--protected-mode', 'no', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(server, 'exit')
  t.teardown(() => server.kill('SIGKILL'))
  for await (const line of createInterface({ input: server.stdout })) if (/Ready to accept/.test(line)) break
  // Nobody reads it any more; it must not stop for that.
  server.stdout.resume()
  return {
    kill: async () => {
      server.kill('SIGKILL')
      await exited
    },
  }
}
