import t from 'tap'
import { defaultPolicy } from '../../../policy/schema/injection-policy.ts'
import { pass } from '../support/pass.ts'

const policy = { ...defaultPolicy, imagePullSecrets: ['registry', 'mirror', 'registry'] }
const podWith = (imagePullSecrets: unknown) => ({
  metadata: { annotations: { 'greenroom.dev/inject': 'true', 'greenroom.dev/checkurl': ':1/' } },
  spec: { containers: [{ name: 'app' }], imagePullSecrets },
})

const table = [
  { what: 'no secret', present: undefined, expected: ['registry', 'mirror'] },
  { what: 'null', present: null, expected: ['registry', 'mirror'] },
  { what: 'one of them', present: [{ name: 'mirror' }], expected: ['mirror', 'registry'] },
  { what: 'another', present: [{ name: 'own', future: 1 }], expected: ['own', 'registry', 'mirror'] },
  { what: 'one without a name', present: [{}], expected: [undefined, 'registry', 'mirror'] },
]

for (const { what, present, expected } of table) {
  t.test(`a pod with ${what} has each of the policy's secrets once, behind its own`, async (t) => {
    const { pod } = pass(JSON.parse(JSON.stringify(podWith(present))), 'token', policy)
    t.strictSame(
      pod.spec.imagePullSecrets?.map(({ name }) => name),
      expected,
    )
    t.strictSame(pod.spec.imagePullSecrets?.slice(0, present?.length ?? 0), present ?? [])
    t.strictSame(pass(pod, 'token', policy).operations, [])
  })
}

t.test('a policy without secrets leaves them alone', async (t) => {
  t.notOk('imagePullSecrets' in pass(podWith([])).pod.spec && pass(podWith([])).pod.spec.imagePullSecrets?.length)
  t.notOk('imagePullSecrets' in pass(JSON.parse(JSON.stringify(podWith(undefined)))).pod.spec)
})
