import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { endOfDrain, waitDrained } from '../../sidecar/drain.ts'
import { trafficProgram } from './traffic-program.ts'

const rows: [name: string, now: { elapsedMs: number; quietMs: number; busy: string }, expected: string | null][] = [
  ['not before min, however quiet', { elapsedMs: 999, quietMs: 999, busy: 'none' }, null],
  ['after min, not yet quiet for long', { elapsedMs: 1200, quietMs: 499, busy: 'none' }, null],
  ['after min, quiet', { elapsedMs: 1200, quietMs: 500, busy: 'none' }, 'quiet after 1.2 s'],
  ['busy until max', { elapsedMs: 4999, quietMs: 0, busy: '3 open' }, null],
  ['busy at max', { elapsedMs: 5000, quietMs: 0, busy: '3 open' }, 'max reached with 3 open'],
]

for (const [name, now, expected] of rows) {
  const drain = { minMs: 1000, maxMs: 5000, quietMs: 500, ports: [] }
  t.test(name, async (t) => t.equal(endOfDrain(drain, now), expected))
}

/** Far longer than a tick of any kernel's clock, so that what is asked now is asked after the last answer. */
const tickMs = 30
/** A drain that is not over after this long is held by something. */
const heldMs = 1500

interface Bounds {
  readonly minMs?: number
  readonly maxMs?: number
  readonly quietMs?: number
  readonly program?: string
}

/** A drain that begins now; `held` says whether it is still going on after a while. */
function drain(t: Test, port: number, bounds: Bounds = {}) {
  const { minMs = 0, maxMs = 60_000, quietMs = 500, program = trafficProgram } = bounds
  const controller = new AbortController()
  const began = Date.now()
  const over = waitDrained({
    drain: { minMs, maxMs, quietMs, ports: [port] },
    sinceMs: began,
    deleting: true,
    signal: controller.signal,
    program,
  }).then((how) => ({ how, tookMs: Date.now() - began }))
  t.teardown(() => controller.abort())
  over.catch(() => undefined)
  const held = async () => (await Promise.race([over, sleep(heldMs)])) === undefined
  return { over, held }
}

interface AppOptions {
  readonly host?: string
  readonly from?: string
  /** Comes together with the connection. */
  readonly first?: string
}

/** An app with one client. Both sides stay as they are until the test says something. */
async function createApp(t: Test, { host = '127.0.0.1', from = host, first = '' }: AppOptions = {}) {
  const server = createServer({ allowHalfOpen: true }).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const client = connect({ port, host: from, allowHalfOpen: true })
  client.write(first)
  const [app]: Socket[] = await accepted
  if (!app) throw new Error('no connection')
  // Who is gone with bytes under way may be reset.
  for (const socket of [client, app]) socket.on('error', () => undefined)
  t.teardown(() => [client.destroy(), app.destroy(), server.close()])
  const ask = async (text = 'GET / HTTP/1.1\r\n\r\n') => {
    client.write(text)
    await once(app, 'data')
  }
  const answer = async () => {
    app.write('HTTP/1.1 204 No Content\r\n\r\n')
    await once(client, 'data')
  }
  return { port, client, app, ask, answer }
}

t.jobs = 6

for (const [name, hosts] of Object.entries({
  IPv4: { host: '127.0.0.1' },
  IPv6: { host: '::1' },
  'IPv4 at a socket of both': { host: '::', from: '127.0.0.1' },
  'a proxy in the pod': { host: '0.0.0.0', from: '127.0.0.6' },
})) {
  t.test(`over ${name}, an idle connection holds nothing, and a slow request does until it is answered`, async (t) => {
    const { port, ask, answer } = await createApp(t, hosts)
    await ask()
    await answer()
    const idle = await drain(t, port).over
    t.match(idle.how, /^quiet after \d+\.\d s$/)
    t.ok(idle.tookMs >= 500 && idle.tookMs < 10_000, `after quiet (${idle.tookMs} ms)`)

    await ask()
    const slow = drain(t, port)
    t.ok(await slow.held(), 'held by what is not answered')
    await answer()
    t.match((await slow.over).how, /^quiet/)
  })
}

t.test('a first request that is slow holds, however soon after the connection it came', async (t) => {
  const { port, app, answer } = await createApp(t, { first: 'GET / HTTP/1.1\r\n\r\n' })
  app.resume()
  const drained = drain(t, port)
  t.ok(await drained.held())
  await answer()
  t.match((await drained.over).how, /^quiet/)
})

t.test('a connection on which nobody ever spoke holds nothing', async (t) => {
  const { port } = await createApp(t)
  t.match((await drain(t, port).over).how, /^quiet/)
})

for (const pauseMs of [0, 1, tickMs])
  t.test(
    `a request that came ${pauseMs} ms after the last answer holds, and no longer than until its own`,
    async (t) => {
      const { port, ask, answer } = await createApp(t)
      await ask()
      await answer()
      if (pauseMs > 0) await sleep(pauseMs)
      await ask()
      const drained = drain(t, port)
      t.ok(await drained.held())
      await answer()
      t.match((await drained.over).how, /^quiet/)
    },
  )

t.test('of many pooled connections, one that waits for its answer holds', async (t) => {
  const pool = createServer((socket) => socket.on('data', (text) => text.includes('slow') || socket.write('answer')))
  pool.listen(0, '127.0.0.1')
  await once(pool, 'listening')
  const { port } = pool.address() as AddressInfo
  const clients = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'))
  t.teardown(() => [clients.map((client) => client.destroy()), pool.close()])
  for (const client of clients)
    for (const _ of [1, 2, 3]) {
      client.write('fast')
      await once(client, 'data')
    }
  const idle = await drain(t, port).over
  t.match(idle.how, /^quiet/, 'none does')
  t.ok(idle.tookMs < 10_000, `not even for a while (${idle.tookMs} ms)`)
  const [slow] = clients
  slow?.write('fast')
  await once(slow ?? pool, 'data')
  slow?.write('slow')
  t.ok(await drain(t, port).held(), 'one does')
})

t.test('half a request holds until max', async (t) => {
  const { port, ask } = await createApp(t)
  await ask('GET / HT')
  const { how, tookMs } = await drain(t, port, { maxMs: 1500 }).over
  t.equal(how, 'max reached with 1 unanswered and 0 moving connections')
  t.ok(tookMs >= 1500 && tookMs < 5000, `${tookMs} ms`)
})

t.test('a download that trickles holds', async (t) => {
  const { port, client, app, ask } = await createApp(t)
  await ask()
  const trickle = setInterval(() => app.write('drop'), 100)
  t.teardown(() => clearInterval(trickle))
  const quietMs = 1000
  const drained = drain(t, port, { quietMs })
  t.ok(await drained.held())
  clearInterval(trickle)
  const end = Date.now()
  for (const socket of [app, client]) socket.destroy()
  t.match((await drained.over).how, /^quiet/)
  // From the last look that saw it, which may have been a moment before.
  t.ok(Date.now() - end >= quietMs - 300, `and for quiet after it is gone (${Date.now() - end} ms)`)
})

t.test('an answer that the client does not take holds, also when the app has closed', async (t) => {
  const { port, client, app, ask } = await createApp(t)
  await ask()
  client.pause()
  app.end(Buffer.alloc(20_000_000))
  const drained = drain(t, port)
  t.ok(await drained.held(), 'while the app has some of it left')
  client.resume()
  await once(client, 'end')
  client.end()
  t.match((await drained.over).how, /^quiet/)
})

t.test('who has closed its side and waits for the answer holds', async (t) => {
  const { port, client, app, ask } = await createApp(t)
  await ask()
  client.end()
  await once(app, 'end')
  const drained = drain(t, port)
  t.ok(await drained.held())
  app.end('the answer')
  t.match((await drained.over).how, /^quiet/)
})

t.test('what the app has not read holds', async (t) => {
  const { port, client, app, ask, answer } = await createApp(t)
  await ask()
  await answer()
  app.pause()
  await sleep(tickMs)
  client.write('more')
  t.ok(await drain(t, port).held())
})

t.test('traffic on other ports holds nothing', async (t) => {
  const [watched, other] = [await createApp(t), await createApp(t)]
  const trickle = setInterval(() => other.app.write('drop'), 50)
  t.teardown(() => clearInterval(trickle))
  t.match((await drain(t, watched.port).over).how, /^quiet/)
})

t.test('min is kept, however quiet', async (t) => {
  const { port, client } = await createApp(t)
  client.destroy()
  const { how, tookMs } = await drain(t, port, { minMs: 1000, quietMs: 100 }).over
  t.match(how, /^quiet/)
  t.ok(tookMs >= 1000, `${tookMs} ms`)
})

t.test('requests that come on connections of their own hold, though none is there for long', async (t) => {
  const { port } = await createApp(t)
  let goes = true
  t.teardown(() => {
    goes = false
  })
  const visit = async () => {
    while (goes) {
      const client = connect(port, '127.0.0.1')
      await once(client, 'connect')
      client.destroy()
      await sleep(1)
    }
  }
  const visitors = [visit(), visit(), visit(), visit()]
  const drained = drain(t, port)
  t.ok(await drained.held())
  goes = false
  await Promise.all(visitors)
  t.match((await drained.over).how, /^quiet/)
})

t.test('without the program open connections are counted, and it is said', async (t) => {
  const { port, client, app } = await createApp(t)
  const program = '/not/there/traffic'
  const caveat = /, by open connections alone: .*ENOENT$/
  const busy = await drain(t, port, { maxMs: 1000, program }).over
  t.match(busy.how, /^max reached with 1 open connections, by/)
  t.match(busy.how, caveat)
  const drained = drain(t, port, { program })
  client.destroy()
  app.destroy()
  t.match((await drained.over).how, /^quiet after \d+\.\d s, by/)
})

t.test('a stop without deletion does not drain', async (t) => {
  const { signal } = new AbortController()
  const drain = { minMs: 1000, maxMs: 5000, quietMs: 500, ports: [1] }
  const input = { drain, sinceMs: Date.now() - 400, deleting: false, signal, program: trafficProgram }
  t.match(await waitDrained(input), /not drained/)
})

t.test('a drain that is no longer wanted ends', async (t) => {
  const controller = new AbortController()
  const drain = { minMs: 1000, maxMs: 5000, quietMs: 500, ports: [1] }
  const input = { drain, sinceMs: Date.now(), deleting: true, signal: controller.signal, program: trafficProgram }
  const waiting = waitDrained(input)
  controller.abort()
  await t.rejects(waiting, { name: 'AbortError' })
})
