import t from 'tap'
import { readStatus } from '../../../authorization/gate/identity.ts'

const extra = {
  'authentication.kubernetes.io/pod-name': ['orders-1'],
  'authentication.kubernetes.io/pod-uid': ['u1'],
}
const status = {
  authenticated: true,
  audiences: ['greenroom'],
  user: { username: 'system:serviceaccount:shop:default', extra },
}

t.test("a pod's token says which pod, and of which service account", async (t) => {
  const identity = { namespace: 'shop', serviceAccount: 'default', pod: 'orders-1', uid: 'u1' }
  t.strictSame(readStatus(status, 'greenroom'), { kind: 'pod', identity })
})

const rows = [
  ['no status', undefined],
  ['not authenticated', { ...status, authenticated: false }],
  ['an API server that knows no audiences', { ...status, audiences: undefined }],
  ['another audience', { ...status, audiences: ['vault'] }],
  ['a person', { ...status, user: { username: 'jane', extra } }],
  ['a token that is bound to no pod', { ...status, user: { username: status.user.username } }],
] as const

for (const [what, review] of rows) {
  t.test(`${what} is nobody`, async (t) => {
    t.equal(readStatus(JSON.parse(JSON.stringify(review ?? null)) ?? undefined, 'greenroom').kind, 'invalid')
  })
}
