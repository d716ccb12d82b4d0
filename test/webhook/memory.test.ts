import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { reviewOf } from './support/review.ts'
import { send } from './support/send.ts'

// Starting Node from source takes its time on a busy machine.
t.setTimeout(120_000)

/** Well below what a replica has, so that a body which only just fits would show. */
const heapMebibytes = 64

/** A replica with little memory, as a process of its own; `send` posts a body to `/mutate`. */
async function startReplica(t: Test) {
  const authority = await createAuthority('test', new Date())
  const { cert, key } = await issueLeaf(authority, ['localhost'], new Date())
  const folder = t.testdir({ 'tls.crt': cert, 'tls.key': key })
  const files = ['--tls-cert', `${folder}/tls.crt`, '--tls-key', `${folder}/tls.key`, '--host', 'localhost']
  const args = [`--max-old-space-size=${heapMebibytes}`, 'webhook/main.ts', ...files, '--port', '0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, address } = JSON.parse(line)
    if (msg !== 'listening') continue
    child.stdout.resume()
    const options = { port: address.port, ca: authority.cert, method: 'POST', path: '/mutate', agent: false }
    return {
      child,
      send: (body: string | Buffer, headers = {}) => send({ ...options, headers }, body),
    }
  }
  throw new Error('the webhook ended before it listened')
}

const orders = (containers: string) =>
  reviewOf({ metadata: { name: 'orders' }, spec: { containers: [] } }).replace('"containers":[]', containers)

/** Small on the way, large once they are read. */
const bodies = {
  'brackets, compressed': {
    body: gzipSync('['.repeat(6_000_000)),
    headers: { 'content-encoding': 'gzip' },
    status: 415,
  },
  brackets: { body: '['.repeat(3_000_000), headers: {}, status: 413 },
  'half a million containers': {
    body: orders(`"containers":[${Array(500_000).fill('{"name":"a"}').join(',')}]`),
    headers: {},
    status: 413,
  },
  'as many containers as fit': {
    body: orders(`"containers":[${Array(250_000).fill('{"name":"a"}').join(',')}]`),
    headers: {},
    status: 413,
  },
  'members that are all different': {
    body: orders(`"containers":[${Array.from({ length: 24_000 }, (_, index) => `{"name":"a${index}"}`).join(',')}]`),
    headers: {},
    status: 200,
  },
}

t.test('no body takes a replica of little memory down, nor do ten of it at once', async (t) => {
  const replica = await startReplica(t)
  for (const [name, { body, headers, status }] of Object.entries(bodies)) {
    t.match(await replica.send(body, headers), { status }, name)
    const answers = await Promise.all(Array.from({ length: 10 }, () => replica.send(body, headers)))
    t.same([...new Set(answers.map((answer) => answer.status))], [status], `${name}, ten at once`)
  }
  t.equal(replica.child.exitCode, null)
  t.match(await replica.send(orders('"containers":[{"name":"app"}]')), { status: 200 })
})
