import { createServer } from 'node:http'
import { listening } from '../../listening.ts'

export interface WebApp {
  readonly port: number
  /** What it answers; 0: nothing, but it keeps the connection. */
  code: number
  /** Where it redirects to. */
  location: string
  /** Headers of the last request. */
  seen: Readonly<Record<string, string | string[] | undefined>>
}

/** An app that answers at a port of 127.0.0.1. */
export async function startWebApp(t: { teardown(undo: () => void): void }): Promise<WebApp> {
  const app = { port: 0, code: 200, location: '', seen: {} }
  const server = createServer((request, response) => {
    app.seen = request.headers
    if (app.code === 0) return
    response.writeHead(app.code, app.location ? { location: app.location } : {})
    response.end('hello\n')
  })
  app.port = await listening(t, server)
  return app
}
