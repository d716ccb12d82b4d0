// A small service, as a team would bring it: it knows nothing of Greenroom. Healthy a moment after it has started; serves
// orders and the files of public/; finishes what it was asked before it exits on SIGTERM.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const port = 18080
const startMs = Number(process.env.START_MS ?? 1500)
let healthy = false

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://orders')
  if (pathname === '/health') return answer(response, healthy ? 200 : 503, healthy ? 'ok' : 'connecting')
  const [, id] = /^\/orders\/(\d+)$/.exec(pathname) ?? []
  if (id) return answer(response, 200, JSON.stringify({ order: Number(id), status: 'shipped' }))
  // Parsing the URL has resolved every "..", so this stays inside public/.
  const file = await readFile(new URL(`public${pathname}`, import.meta.url)).catch(() => undefined)
  answer(response, file ? 200 : 404, file ?? 'not found')
})

function answer(response, status, body) {
  response.writeHead(status).end(body)
}

process.on('SIGTERM', () => {
  console.log('SIGTERM: no new connections')
  server.close(() => console.log('bye'))
})

server.on('error', ({ message }) => {
  console.error(message)
  process.exit(1)
})
server.listen(port, async () => {
  console.log(`listening on :${port}, connecting to the database`)
  await delay(startMs)
  healthy = true
  console.log('connected')
})
