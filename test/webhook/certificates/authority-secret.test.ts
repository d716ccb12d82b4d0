import { ApiException, type V1Secret } from '@kubernetes/client-node'
import t from 'tap'
import { ensureAuthority } from '../../../webhook/certificates/authority-secret.ts'

const place = { name: 'greenroom-authority', namespace: 'greenroom-system' }

/** An API server that holds one Secret; creations are seen by others only when `settle` is called. */
function fakeApi() {
  let stored: V1Secret | undefined
  return {
    created: 0,
    readNamespacedSecret: async () => {
      if (stored) return stored
      throw new ApiException(404, 'not found', undefined, {})
    },
    async createNamespacedSecret({ body }: { body: V1Secret }) {
      await new Promise(setImmediate) // So that every caller has read before anybody creates.
      if (stored) throw new ApiException(409, 'already exists', undefined, {})
      this.created += 1
      stored = body
      return body
    },
  }
}

let drawn = 0
const create = async () => {
  drawn += 1
  return { cert: `cert ${drawn}`, key: `key ${drawn}` }
}

t.test('replicas that start together end up with one authority', async (t) => {
  const api = fakeApi()
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => ensureAuthority(api, place, create)))
  t.equal(api.created, 1)
  for (const other of others) t.strictSame(other, first)
  t.strictSame(await ensureAuthority(api, place, create), first, 'and so does one that starts later')
})

t.test('the Secret has the type and keys that other tools know', async (t) => {
  const api = fakeApi()
  const authority = await ensureAuthority(api, place, create)
  t.match(await api.readNamespacedSecret(), {
    metadata: place,
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': Buffer.from(authority.cert).toString('base64') },
  })
})

t.test('a Secret without its parts is an error that says what to do', async (t) => {
  const api = { ...fakeApi(), readNamespacedSecret: async () => ({ metadata: place, data: {} }) }
  await t.rejects(ensureAuthority(api, place, create), /greenroom-authority has no tls\.crt.* delete it/)
})

t.test('every other error is passed on', async (t) => {
  const forbidden = async () => {
    throw new ApiException(403, 'forbidden', undefined, {})
  }
  await t.rejects(ensureAuthority({ ...fakeApi(), readNamespacedSecret: forbidden }, place, create), { code: 403 })
  await t.rejects(ensureAuthority({ ...fakeApi(), createNamespacedSecret: forbidden }, place, create), { code: 403 })
})
