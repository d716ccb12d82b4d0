import t from 'tap'
import { findCheckurl, findCheckurlProblem } from '../../policy/app-checkurl.ts'
import type { RawContainer, RawPod } from '../../policy/schema/pod.ts'
import { annotated, container, readinessProbe } from './pods.ts'

const ports = [
  { name: 'metrics', containerPort: 9090 },
  { name: 'http', containerPort: 8080 },
]

const derived = { kind: 'http', scheme: 'http', port: 8080, path: '/health', headers: [], exactly200: false } as const
const tcp = (port: number) => ({ kind: 'tcp', port }) as const

const probes: Record<string, [Partial<RawContainer>, object | undefined]> = {
  'no probe': [{}, undefined],
  'a readiness probe': [{ readinessProbe }, derived],
  'a startup probe': [{ startupProbe: readinessProbe }, derived],
  'a liveness probe': [{ livenessProbe: readinessProbe }, derived],
  'readiness before liveness': [{ livenessProbe: { tcpSocket: { port: 1 } }, readinessProbe }, derived],
  'startup before liveness': [{ livenessProbe: { tcpSocket: { port: 1 } }, startupProbe: readinessProbe }, derived],
  'an exec readiness probe is passed over': [
    { readinessProbe: { exec: { command: ['true'] } }, livenessProbe: readinessProbe },
    derived,
  ],
  'a probe of another host is passed over': [
    { readinessProbe: { httpGet: { port: 80, host: 'example.com' } }, livenessProbe: readinessProbe },
    derived,
  ],
  'a named port': [{ ports, readinessProbe: { httpGet: { path: '/health', port: 'http' } } }, derived],
  'a named port that nobody declares': [{ readinessProbe: { httpGet: { path: '/health', port: 'http' } } }, undefined],
  'no path': [{ readinessProbe: { httpGet: { port: 8080 } } }, { ...derived, path: '/' }],
  'a path without its slash': [{ readinessProbe: { httpGet: { path: 'health', port: 8080 } } }, derived],
  'a path with a blank, and one that is escaped': [
    { readinessProbe: { httpGet: { path: '/a b/ü%20c', port: 8080 } } },
    { ...derived, path: '/a%20b/%C3%BC%20c' },
  ],
  'scheme and headers': [
    { readinessProbe: { httpGet: { port: 8443, scheme: 'HTTPS', httpHeaders: [{ name: 'Host', value: 'a.b' }] } } },
    { ...derived, scheme: 'https', port: 8443, path: '/', headers: [{ name: 'Host', value: 'a.b' }] },
  ],
  tcpSocket: [{ ports, readinessProbe: { tcpSocket: { port: 'metrics' } } }, tcp(9090)],
}

for (const [name, [fields, expected]] of Object.entries(probes)) {
  t.test(`derived from ${name}`, async (t) => {
    t.strictSame(findCheckurl(annotated({}), container(fields)), expected)
  })
}

const annotatedTarget = { ...derived, exactly200: true }

const texts: Record<string, [Partial<RawContainer>, object | undefined]> = {
  ':8080/health': [{ readinessProbe: { tcpSocket: { port: 1 } } }, annotatedTarget],
  ':http/health': [{ ports }, annotatedTarget],
  '/health': [{ ports, readinessProbe }, annotatedTarget],
  '/only-port': [{ ports: [{ containerPort: 8080 }] }, { ...annotatedTarget, path: '/only-port' }],
  'https://:8443/up': [{}, { ...annotatedTarget, scheme: 'https', port: 8443, path: '/up' }],
  'tcp://:9090': [{}, tcp(9090)],
}

for (const [text, [fields, expected]] of Object.entries(texts)) {
  t.test(`annotated with ${text}`, async (t) => {
    const app = container(fields)
    const pod = annotated({ checkurl: text }, { containers: [app] })
    t.strictSame(findCheckurl(pod, app), expected)
    t.equal(findCheckurlProblem(pod, app), undefined)
  })
}

t.test('an annotated port that cannot be found is a problem, and the probe counts', async (t) => {
  for (const [text, fields] of [
    [':htpp/health', { ports, readinessProbe }],
    ['/path', { ports }],
    ['/path', {}],
  ] as const) {
    const pod = annotated({ checkurl: text })
    t.match(findCheckurlProblem(pod, container(fields)), { code: 'CheckurlPortUnknown', finding: { found: text } })
    t.strictSame(findCheckurl(pod, container(fields)), 'readinessProbe' in fields ? derived : undefined)
  }
})

const undeclared: Record<string, [spec: RawPod['spec'], isSaid: boolean]> = {
  'the app declares another': [{ containers: [container({ ports: [{ containerPort: 8080 }] })] }, true],
  'the app declares it': [{ containers: [container({ ports: [{ containerPort: 9999 }] })] }, false],
  'the app declares none at all': [{ containers: [container()] }, false],
  'a neighbour declares it': [
    { containers: [container({ ports }), container({ name: 'proxy', ports: [{ containerPort: 9999 }] })] },
    false,
  ],
  'a native sidecar declares it': [
    {
      initContainers: [container({ name: 'proxy', ports: [{ containerPort: 9999 }] })],
      containers: [container({ ports })],
    },
    false,
  ],
}

for (const [name, [spec, isSaid]] of Object.entries(undeclared)) {
  t.test(`a port's number where ${name}`, async (t) => {
    const pod = annotated({ checkurl: ':9999/health' }, spec)
    const problem = findCheckurlProblem(pod, spec.containers?.[0] ?? container())
    t.equal(problem?.code, isSaid ? 'CheckurlPortUndeclared' : undefined)
    if (isSaid)
      t.match(
        problem?.message,
        / is ":9999\/health", expected a port that the pod declares\. The app container declares 8080\./,
      )
  })
}

t.test('only TCP ports count for a path alone', async (t) => {
  const app = container({
    ports: [
      { containerPort: 53, protocol: 'UDP' },
      { containerPort: 8080, protocol: 'TCP' },
    ],
  })
  t.match(findCheckurl(annotated({ checkurl: '/health' }), app), { port: 8080 })
})
