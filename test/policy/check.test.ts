import t from 'tap'
import { checkText, findCheckProblem, resolveCheck } from '../../policy/check.ts'
import { defaultPolicy } from '../../policy/schema/injection-policy.ts'
import type { RawContainer } from '../../policy/schema/pod.ts'
import { annotated, container, pod } from './pods.ts'

const httpGet = { path: '/health', port: 8080 }
const on = annotated({ check: 'true' })
const linesOf = (fields: Partial<RawContainer>) => checkText(container(fields)).split('\n')

t.test('off by default, and on by the policy or the annotation', async (t) => {
  const app = container({ readinessProbe: { httpGet, timeoutSeconds: 3 } })
  const policy = { ...defaultPolicy, check: true }
  t.equal(resolveCheck(pod(), app, defaultPolicy), null)
  t.equal(findCheckProblem(pod(), container({}), defaultPolicy), undefined, 'and nobody complains')
  t.strictSame(resolveCheck(on, app, defaultPolicy), { httpGet, timeoutSeconds: 3 })
  t.strictSame(resolveCheck(pod(), app, policy), { httpGet, timeoutSeconds: 3 })
  t.equal(resolveCheck(annotated({ check: 'false' }), app, policy), null)
  const untimed = container({ readinessProbe: { httpGet } })
  t.strictSame(resolveCheck(on, untimed, defaultPolicy), { httpGet, timeoutSeconds: 1 }, "Kubernetes' default")
})

const impossible: Record<string, [Partial<RawContainer>, RegExp]> = {
  'no readiness probe': [
    {},
    /readinessProbe of app is missing, expected an httpGet for check\. Give it an httpGet, or /,
  ],
  exec: [{ readinessProbe: { exec: { command: ['true'] } } }, /is "exec", expected httpGet for check/],
  tcpSocket: [{ readinessProbe: { tcpSocket: { port: 1 } } }, /is "tcpSocket", expected httpGet for check/],
  grpc: [{ readinessProbe: { grpc: { port: 1 } } }, /is "grpc", expected httpGet for check/],
  'another host': [
    { readinessProbe: { httpGet: { ...httpGet, host: 'db' } } },
    /host of .* is "db", expected the pod's own/,
  ],
  'a port that nobody declares': [
    { readinessProbe: { httpGet: { port: 'web' } } },
    /port of .* is "web", expected a decl/,
  ],
  'a header that cannot be sent': [
    { readinessProbe: { httpGet: { ...httpGet, httpHeaders: [{ name: 'X', value: 'a\r\nb' }] } } },
    /header of .* is "X", expected a value in one line/,
  ],
  'a request that is larger than any': [
    { readinessProbe: { httpGet: { ...httpGet, path: `/${'x'.repeat(40_000)}` } } },
    /is "40\d{3} bytes", expected at most 32768/,
  ],
}

for (const [name, [fields, message]] of Object.entries(impossible)) {
  t.test(`not possible: ${name}`, async (t) => {
    const app = container(fields)
    const problem = findCheckProblem(on, app, defaultPolicy)
    t.equal(problem?.code, 'CheckNotPossible')
    t.match(problem?.message, message)
    t.ok((problem?.sentence.length ?? 0) <= 120, String(problem?.sentence))
    t.equal(resolveCheck(on, app, defaultPolicy), null)
  })
}

t.test("what is left out is Kubernetes' default", async (t) => {
  const tls = '/nodejs/bin/node --max-old-space-size=16 /opt/greenroom/tls-connect.cjs'
  t.strictSame(linesOf({ readinessProbe: { httpGet: { port: 8080 } } }), [
    '1 3 1 http 8080',
    tls,
    '/',
    '',
    'Accept: */*',
    'Connection: close',
  ])
  const whole = {
    ports: [{ name: 'web', containerPort: 8443 }],
    readinessProbe: {
      httpGet: { port: 'web', scheme: 'HTTPS', path: 'a b?c#d' },
      timeoutSeconds: 4,
      failureThreshold: 5,
      successThreshold: 2,
    },
  }
  t.strictSame(linesOf(whole).slice(0, 3), ['4 5 2 https 8443', tls, '/a%20b?c'])
})

t.test('headers are those of the kubelet', async (t) => {
  const linesWith = (...httpHeaders: { name: string; value: string }[]) =>
    linesOf({ readinessProbe: { httpGet: { ...httpGet, httpHeaders } } }).slice(3)
  t.strictSame(
    linesWith(
      { name: 'HOST', value: 'shop.example' },
      { name: 'accept', value: 'text/plain' },
      { name: 'user-agent', value: 'me' },
      { name: 'x-a', value: ' 1 ' },
      { name: 'X-A', value: '2' },
    ),
    ['shop.example', 'User-Agent: me', 'Accept: text/plain', 'X-A: 1', 'X-A: 2', 'Connection: close'],
  )
  t.strictSame(linesWith({ name: 'Accept', value: '' }), ['', 'Connection: close'], 'an empty Accept is none')
  t.strictSame(
    linesWith({ name: 'Content-Length', value: '5' }, { name: 'connection', value: 'keep-alive' }),
    ['', 'Accept: */*', 'Connection: close'],
    'what a request without body may not have stays out',
  )
})
