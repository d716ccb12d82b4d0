import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** An app that answers byte for byte what a test says, and never closes a connection by itself. */
export interface RawApp {
  readonly port: number
  /** What it was asked, in order: the heads of the requests. */
  readonly asked: string[]
  /** What it answers to a head; null: nothing. `end` closes the connection behind it. */
  answer: (head: string) => { text: string; end?: boolean } | null
  /** How many connections are open. */
  open(): number
}

interface RawAppOptions {
  readonly host?: string
  /** Certificate and key, for one that talks TLS. */
  readonly tls?: TlsOptions
}

export async function startRawApp(
  t: { teardown(undo: () => void): void },
  { host = '127.0.0.1', tls }: RawAppOptions = {},
): Promise<RawApp> {
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const serve = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    // A client that closes its half of the connection is one that has gone.
    socket.on('end', () => socket.destroy())
    let head = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      head += text
      if (!head.endsWith('\r\n\r\n')) return
      asked.push(head)
      const answer = app.answer(head)
      head = ''
      if (answer) setTimeout(send, 20, socket, answer)
    })
  }
  const send = (socket: Socket, { text, end }: { text: string; end?: boolean }) => {
    if (socket.writable) socket.write(text, 'latin1')
    if (end) socket.end()
  }
  const server: Server = tls ? createTlsServer(tls, serve) : createServer(serve)
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('expected a TCP port')
  const app: RawApp = { port: address.port, asked, answer: () => reply(200), open: () => sockets.size }
  return app
}

/** A whole answer of a few bytes. */
export const reply = (status: number, headers: Readonly<Record<string, string>> = {}, body = 'hello\n') => {
  const lines = Object.entries({ 'Content-Length': String(body.length), ...headers })
  return { text: `HTTP/1.1 ${status} Whatever\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n${body}` }
}
