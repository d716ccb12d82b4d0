import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readCalls } from './support/authorization-server.ts'
import { createBoundPods, drawToken, forceDelete } from './support/bound-pod.ts'
import { clusterFolder } from './support/cluster-folder.ts'
import { labelOf, system } from './support/component.ts'
import { readLedger, setGatePolicy } from './support/gate.ts'
import { createGateStage } from './support/gate-stage.ts'
import { kubectl } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { askForRotation, isServedBy, rotationMs } from './support/rotation.ts'
import { untilTrue } from './support/until-true.ts'

const { namespace, node, drawIp } = await createGateStage(t, 'gate-tokens')
await setGatePolicy({})
const gate = { host: '10.96.0.82', port: 443 }
const authority = 'greenroom-gate-authority'
/** What pods trust, in PEM. */
const readTrusted = async (): Promise<string> =>
  JSON.parse(await kubectl('get', 'configmap', authority, '-n', system, '-o', 'json')).data['ca.crt']
let ca = await readTrusted()

interface Answer {
  readonly status: number
  readonly detail: string
}

/** As a pod would, but that it says what it likes. */
function ask(uid: string, { token, body }: { token?: string; body: object | string }): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = request({
    ...gate,
    ca,
    method: 'PUT',
    path: `/v1/authorizations/${uid}`,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    agent: false,
  })
  sent.on('response', async (response) => {
    const said = await text(response)
    resolve({ status: response.statusCode ?? 0, detail: said === '' ? '' : JSON.parse(said).detail })
  })
  sent.on('error', reject)
  sent.end(typeof body === 'string' ? body : JSON.stringify(body))
  return promise
}

/** A token like the kubelet's, signed by a key of ours: the claims are those of a real one, but for the changes. */
function resign(token: string, key: KeyObject, changes: object): string {
  const [head = '', payload = ''] = token.split('.')
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...changes }
  const signed = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

t.test('only who proves to be the pod gets what the policy gives it', async (t) => {
  const foreign = await createNamespace('tokens-foreign')
  t.teardown(() => foreign.remove())
  const place = { namespace: namespace.name, node }
  const [own, other] = await createBoundPods(
    ['own', 'other'].map((name) => ({ name, application: 'orders', ip: drawIp() })),
    place,
  )
  const [outside] = await createBoundPods([{ name: 'outside', application: 'orders', ip: drawIp() }], {
    namespace: foreign.name,
    node,
  })
  if (!own || !other || !outside) throw new Error('not created')
  const body = { application: 'orders', namespace: namespace.name, pod: 'own', ip: own.ip, resources: ['mysql:orders'] }
  const token = await drawToken(own)
  const clusterKey = createPrivateKey(readFileSync(join(clusterFolder, 'pki/service-accounts.key')))
  const forgedKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const ago = Math.floor(Date.now() / 1000) - 3600
  const again = resign(token, clusterKey, {})
  t.equal((await ask(own.uid, { token: again, body })).status, 200, 'what the test signs with the real key is taken')

  const refused = [
    ['no token', own.uid, { body }, 401, /token of the pod is needed/],
    ['a forged key', own.uid, { token: resign(token, forgedKey, {}), body }, 401, /not valid/],
    [
      'an expired token',
      own.uid,
      { token: resign(token, clusterKey, { exp: ago + 60, iat: ago, nbf: ago }), body },
      401,
      /not valid/,
    ],
    ['a token for another audience', own.uid, { token: await drawToken(own, 'vault'), body }, 401, /not valid/],
    ["another pod's token", own.uid, { token: await drawToken(other), body }, 403, /not this one's/],
    [
      "another team's application",
      own.uid,
      { token, body: { ...body, resources: ['kafka:payments'] } },
      403,
      /kafka:payments/,
    ],
    [
      "another team's namespace",
      outside.uid,
      { token: await drawToken(outside), body: { ...body, ip: outside.ip } },
      403,
      /namespace tokens-foreign/,
    ],
    [
      'no address of its own',
      other.uid,
      { token: await drawToken(other), body: { ...body, ip: own.ip } },
      202,
      /does not have the address/,
    ],
    ['no JSON', own.uid, { token, body: '{' }, 400, /no JSON object/],
  ] as const
  for (const [what, uid, about, status, detail] of refused) t.match(await ask(uid, about), { status, detail }, what)
  // The answer may be lost to a client that still writes.
  const large = await ask(own.uid, { token, body: `"${'x'.repeat(10_000_000)}"` }).catch(() => ({ status: 413 }))
  t.equal(large.status, 413, 'a body of 10 MB')

  t.same((await readCalls(other.uid)).concat(await readCalls(outside.uid)), [], 'the service heard of none of them')
  t.same(
    (await readLedger(namespace.name)).map(({ metadata }) => metadata.name),
    [own.uid],
  )
  const log = await kubectl('logs', '-n', system, '-l', labelOf('gate'), '--tail=-1')
  t.match(log, /turned away/)
  for (const secret of [token, again]) t.notMatch(log, secret.split('.')[2] ?? secret, 'no token in the log')

  await forceDelete(own)
  const late = await ask(own.uid, { token, body })
  t.ok(late.status === 401 || late.status === 409, `${late.status}: a token ends with its pod`)
})

t.test("the gate's authority is rotated, and who trusts what pods are told to trust is answered", async (t) => {
  const before = ca
  await askForRotation(authority)
  const statuses = new Set<number>()
  const isRotated = async () => {
    ca = await readTrusted()
    statuses.add((await ask(crypto.randomUUID(), { body: {} })).status)
    return !(await isServedBy({ ...gate, ca: before })) && (await isServedBy({ ...gate, ca }))
  }
  t.ok(await untilTrue(isRotated, Date.now() + rotationMs, 500), 'another authority signs')
  t.same([...statuses], [401], 'each was answered: there was no token')
})
