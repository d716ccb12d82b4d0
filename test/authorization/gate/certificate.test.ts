import { createServer } from 'node:http'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { certificateFromCluster } from '../../../authorization/gate/certificate.ts'
import { findFlaw } from '../../../serving/certificates/flaw.ts'
import { readCertificate } from '../../../serving/certificates/pem.ts'
import { listening } from '../../listening.ts'
import { answerJson, configOf, readJson } from '../../stand-in-api.ts'

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string }
  readonly data: Readonly<Record<string, string>>
}

/** The calls for Secrets and ConfigMaps of an API server, with its rule for versions, and a clock that is years off. */
async function startApiServer(t: Test) {
  const objects = new Map<string, Stored>()
  const calls: string[] = []
  const nowMs = Date.parse('2032-01-02T03:04:05Z')
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const body = await readJson(request)
    const key = request.method === 'POST' ? `${path}/${body.metadata.name}` : path
    const present = objects.get(key)
    calls.push(`${request.method} ${key.split('/').slice(-2).join(' ')}`)
    const answer = (status: number, content: object) =>
      answerJson(response, status, content, { date: new Date(nowMs).toUTCString() })
    const refuse = (code: number) => answer(code, { kind: 'Status', apiVersion: 'v1', code })
    if (request.method === 'POST' ? present : !present) return refuse(present ? 409 : 404)
    if (request.method === 'GET') return answer(200, present ?? {})
    if (present && body.metadata.resourceVersion !== present.metadata.resourceVersion) return refuse(409)
    const stored = { ...body, metadata: { ...body.metadata, resourceVersion: String(calls.length) } }
    objects.set(key, stored)
    return answer(200, stored)
  })
  const port = await listening(t, server)
  const path = '/api/v1/namespaces/greenroom-system'
  return {
    config: configOf(port),
    calls,
    nowMs,
    get: (kind: string) => objects.get(`${path}/${kind}/greenroom-gate-authority`),
  }
}

const names = {
  namespace: 'greenroom-system',
  service: 'greenroom-gate',
  secret: 'greenroom-gate-authority',
  configMap: 'greenroom-gate-authority',
  hosts: ['10.96.0.82'],
}
const silent = pino({ level: 'silent' })

t.test('replicas of the gate share an authority, and show it in the ConfigMap', async (t) => {
  const { config, calls, nowMs, get } = await startApiServer(t)
  const one = await certificateFromCluster(config, names, silent)
  const undo = await one.keep(() => {})
  undo()
  const shown = get('configmaps')?.data['ca.crt'] ?? ''
  t.equal(Buffer.from(get('secrets')?.data['tls.crt'] ?? '', 'base64').toString(), shown)
  const another = await certificateFromCluster(config, names, silent)
  const undoAnother = await another.keep(() => {})
  undoAnother()
  t.same(
    calls.filter((call) => !call.startsWith('GET')),
    ['POST secrets greenroom-gate-authority', 'POST configmaps greenroom-gate-authority'],
  )
  for (const { certificate, expected } of [one, another]) {
    const served = readCertificate(certificate.cert)
    t.ok(served)
    for (const host of ['greenroom-gate.greenroom-system.svc', '10.96.0.82'])
      t.equal(served && findFlaw(served, { ...expected(), host }), undefined, host)
  }
  t.ok(Math.abs(one.expected().nowMs - nowMs) < 60_000, 'the time is that of the API server')
  t.ok(Number(one.expiries().authority) > nowMs + 2.9 * 365 * 24 * 3_600_000)
})
