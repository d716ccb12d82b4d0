import t from 'tap'
import { restart } from './support/component.ts'
import { findSidecar } from './support/injected.ts'
import { kubectl, kubectlWith } from './support/kubectl.ts'
import { createNamespace } from './support/namespace.ts'
import { ordersPod, type Pod } from './support/pod.ts'
import { deletePolicy, setPolicy } from './support/policy.ts'

const namespace = await createNamespace('registration')
t.teardown(() => namespace.remove())

const registration = 'mutatingwebhookconfiguration/greenroom'
const bundle = '{.webhooks[0].clientConfig.caBundle}'

t.test('a registration that was deleted and applied again is trusted within a minute', async (t) => {
  const trusted = await kubectl('get', registration, '-o', `jsonpath=${bundle}`)
  await kubectl('delete', registration)
  await kubectl('apply', '-k', 'test/cluster/overlay')
  t.equal(await kubectl('get', registration, '-o', `jsonpath=${bundle}`), '', 'applied without the bundle')

  await kubectl('wait', registration, `--for=jsonpath=${bundle}=${trusted}`, '--timeout=60s')
  t.ok(await isInjected(), 'and a pod is injected')
})

t.test("without the policies' registration a replica starts all the same, and brings it in line later", async (t) => {
  const ofPolicies = 'mutatingwebhookconfiguration/greenroom-policies'
  t.teardown(() => deletePolicy('returning'))
  await setPolicy('returning', { inject: 'always', podSelector: { matchLabels: { returning: 'true' } } })
  await kubectl('delete', ofPolicies)
  await restart('greenroom')
  t.ok(await isInjected(), 'who asks needs no policy')
  await kubectl('apply', '-k', 'test/cluster/overlay')
  const name = '{.webhooks[0].name}'
  await kubectl('wait', ofPolicies, `--for=jsonpath=${name}=returning.policy.greenroom.dev`, '--timeout=60s')
})

/** Asks until the API server, which hears of a registration's change a moment later than its readers, asks the webhook. */
async function isInjected(): Promise<boolean> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    // Without what it would be warned of: the output is to be the pod alone.
    const { code, output } = await kubectlWith(
      [ordersPod('orders', { annotations: { 'greenroom.dev/pre-start': 'off' } })],
      ...['create', '-n', namespace.name, '--dry-run=server', '-o', 'json'],
    )
    const pod: Pod | undefined = code === 0 ? JSON.parse(output) : undefined
    if (pod && findSidecar(pod)) return true
  }
  return false
}
