import t from 'tap'
import { heldVersion } from '../../webhook/held-version.ts'
import { pod } from '../policy/pods.ts'

const owner = (kind: string) => [{ kind, name: 'orders-6d4b', controller: true }]
const versionOf = (annotations: Record<string, string>, kind = 'ReplicaSet') =>
  heldVersion(pod({ metadata: { annotations, ownerReferences: owner(kind) } }), 'shop')

const held = { 'greenroom.dev/hold': 'true' }

t.test('whoever asks to be held is asked about, also where a policy injects it', async (t) => {
  const version = { namespace: 'shop', replicaSet: 'orders-6d4b' }
  t.same(versionOf(held), version)
  t.same(versionOf({ ...held, 'greenroom.dev/inject': 'true' }), version)
})

t.test('who stays out, is not held, or has no ReplicaSet is not', async (t) => {
  t.equal(versionOf({ ...held, 'greenroom.dev/inject': 'false' }), undefined)
  t.equal(versionOf({ 'greenroom.dev/inject': 'true' }), undefined)
  t.equal(versionOf(held, 'StatefulSet'), undefined)
})
