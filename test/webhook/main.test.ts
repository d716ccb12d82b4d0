import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { createAuthority, issueLeaf } from '../../serving/certificates/issue.ts'
import { reviewOf } from './support/review.ts'
import { send } from './support/send.ts'

// Starting Node from source takes its time on a busy machine.
t.setTimeout(120_000)

/** The webhook as a process of its own, ended with the test. */
function start(t: Test, ...args: readonly string[]) {
  const child = spawn(process.execPath, ['webhook/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  /** Reads the log up to the line with this message. */
  const logged = async (message: string): Promise<{ address: { port: number } }> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the webhook ended before it said "${message}"`)
      const entry = JSON.parse(value)
      if (entry.msg === message) return entry
    }
  }
  return { child, logged }
}

t.test('it becomes ready, answers, is not ready on SIGTERM, answers still, and exits with 0', async (t) => {
  const authority = await createAuthority('test', new Date())
  const { cert, key } = await issueLeaf(authority, ['localhost'], new Date())
  const folder = t.testdir({ 'tls.crt': cert, 'tls.key': key })
  const files = ['--tls-cert', `${folder}/tls.crt`, '--tls-key', `${folder}/tls.key`, '--host', 'localhost']
  const { child, logged } = start(t, ...files, '--port', '0', '--shutdown-delay', '1')
  const { port } = (await logged('listening')).address
  await logged('ready')
  const get = (path: string) => send({ port, ca: authority.cert, path })
  const review = () =>
    send({ port, ca: authority.cert, method: 'POST', path: '/mutate' }, reviewOf({ metadata: {}, spec: {} }))
  t.match(await get('/readyz'), { status: 200 })
  t.match(await review(), { status: 200 })

  child.kill('SIGTERM')
  await logged('stopping')
  t.match(await get('/readyz'), { status: 503 })
  t.match(await review(), { status: 200 })
  await logged('stopped')
  const [code, signal] = await once(child, 'exit')
  t.strictSame({ code, signal }, { code: 0, signal: null })
})

t.test('with a certificate for another name it is not ready, and says so', async (t) => {
  const authority = await createAuthority('test', new Date())
  const { cert, key } = await issueLeaf(authority, ['localhost'], new Date())
  const folder = t.testdir({ 'tls.crt': cert, 'tls.key': key })
  const { logged } = start(t, '--tls-cert', `${folder}/tls.crt`, '--tls-key', `${folder}/tls.key`, '--port', '0')
  const { port } = (await logged('listening')).address
  await logged('not ready')
  t.match(await send({ port, ca: authority.cert, path: '/readyz' }), {
    status: 503,
    text: 'the certificate is not for greenroom.greenroom-system.svc, but for DNS:localhost',
  })
})

t.test('a mistake in the policy or on the command line ends it with 1 and one line', async (t) => {
  const policy = `${t.testdir({ 'policy.yaml': 'kind: Pod' })}/policy.yaml`
  for (const [args, message] of [
    [['--policy', policy], /^PolicyMalformed: policy .*\n$/],
    [['--port', 'https'], /^OptionMalformed: --port .*\n$/],
  ] as const) {
    const { child } = start(t, ...args)
    const [[code], lines] = await Promise.all([once(child, 'exit'), child.stderr.toArray()])
    t.equal(code, 1)
    t.match(lines.join(''), message)
  }
})

t.test('--help prints the options and ends it with 0', async (t) => {
  const { child } = start(t, '--help')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})
